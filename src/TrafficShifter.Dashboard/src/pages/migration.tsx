import { MigrationActs } from '../acts/migrate';
import { get } from '../api/client';
import { Glyph, decisionGlyph } from '../parts/glyph';
import { Moves } from '../parts/moves';
import { Failure, Notice } from '../parts/notice';
import { Progress, waveGlyph } from '../parts/progress';
import { Ago, At } from '../parts/time';
import { type Migration, isGoing, ofMigrations } from '../state/campaigns';
import { useLive } from '../state/live';
import { migrationPhase } from '../words';
import { Frame, Heading } from './frame';
import { NotFound } from './not-found';

const MOST_DECISIONS = 50;

const sizeOf = (wave: Migration['waves'][number]): number => wave.counts.all ?? 0;

/** Its waves, one after the other, each with its sentence. */
function Waves({ of }: { of: Migration }) {
  return (
    <section aria-labelledby="waves">
      <h2 id="waves">Waves</h2>
      <ol class="plain waves">
        {of.waves.map((wave) => (
          <li key={wave.name} {...(wave.phase === 'moving' || wave.phase === 'gate' ? { 'aria-current': 'step' as const } : {})}>
            <Glyph name={waveGlyph(wave.phase)} /> <strong>{wave.name}</strong> <span>{sizeOf(wave) > 0 ? wave.sentence : ''}{wave.phase === 'gate' && `${sizeOf(wave) > 0 ? ' · ' : ''}waits for approval`}</span>
            <span class="hint">{wave.approval && <>approved by {wave.approval.by}{wave.approval.reason && ` (“${wave.approval.reason}”)`} · </>}{wave.beganAt && <>from <At at={wave.beganAt} /></>}{wave.endedAt && <> to <At at={wave.endedAt} /></>}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Decisions({ of }: { of: Migration }) {
  if (!of.decisions) return null;
  return (
    <section aria-labelledby="decisions">
      <h2 id="decisions">Decisions</h2>
      {of.decisions.length === 0 && <p>Nothing was decided yet.</p>}
      <ol class="decisions" reversed>
        {[...of.decisions].reverse().slice(0, MOST_DECISIONS).map((d, i) => <li key={`${d.at} ${i}`} class="decision"><Glyph name={decisionGlyph(d.kind)} /> <At at={d.at} /> <span>{d.sentence}</span></li>)}
      </ol>
    </section>
  );
}

/** How far, what holds it, when is it done, and who is waited for? */
export function MigrationPage({ name }: { name: string }) {
  const live = useLive(`migration ${name}`, () => get('/api/v1/migrations/{name}', { params: { name } }), 2000, ofMigrations);
  if (live.missing) return <NotFound what={`There is no migration “${name}”.`} />;
  const of = live.value;
  return (
    <Frame title={name}>
      <div class="app-head"><div class="who"><a href="/migrations">Migrations</a><Heading>{name}</Heading>{of && <strong>{migrationPhase(of.phase)}</strong>}{of && isGoing(of) && <span>wave {of.wave} of {of.waves.length}</span>}</div></div>
      <Failure error={live.error} />
      {of && (
        <>
          {of.phase !== 'draft' && <p class="standing"><Progress counts={of.counts} /></p>}
          <p class="sentence" role="status">{of.phase === 'done' || of.phase === 'aborted' ? of.outcome ?? of.heldBy : `Held by: ${of.heldBy}`}</p>
          {of.stopRule && <p>Stop rules: {of.stopRule}.</p>}
          {of.forecast && <p>Forecast: {of.forecast.sentence}.</p>}
          <p class="hint">to {of.definition.to} · stored by {of.by}, <Ago at={of.at} /> ago{of.startedAt && <> · started by {of.startedBy}, <At at={of.startedAt} /></>}{of.endedAt && <> · ended <At at={of.endedAt} /></>}{of.definition.reason && <> · “{of.definition.reason}”</>}</p>
          <MigrationActs migration={of} done={live.again} />
          {of.attention.filter((move) => move.needsSomebody).map((move) => (
            <Notice key={move.app} kind="waits" glyph="waiting"><a href={`/apps/${move.app}`}>{move.app}</a> needs somebody: {move.sentence}{move.rollout && <> · <a href={`/rollouts/${move.rollout}`}>its rollout</a></>}</Notice>
          ))}
          <div class="columns even"><Waves of={of} /><Decisions of={of} /></div>
          {of.phase !== 'draft' && <Moves name={name} />}
        </>
      )}
    </Frame>
  );
}
