import { type Schemas, get } from '../api/client';
import { ofMigrations } from '../state/campaigns';
import { useLive } from '../state/live';
import { filter, place } from '../state/router';
import { NONE, number, plural } from '../words';
import { Side } from './glyph';
import { Failure } from './notice';
import { MOVE_PHASES, MovePhase, moveWord } from './progress';
import { At } from './time';

type Move = Schemas['MoveAnswer'];
/** More are found by their name or state. */
const MOST_ROWS = 200;

function Found({ move }: { move: Move }) {
  if (!move.findings || move.findings.length === 0) return null;
  return <ul class="plain hint">{move.findings.map((f) => <li key={f.check}>{f.check}: {f.sentence}</li>)}</ul>;
}

/** Each application of a migration, and why it is where it is. The filters are in the address. */
export function Moves({ name }: { name: string }) {
  const live = useLive(`report ${name}`, () => get('/api/v1/migrations/{name}/report', { params: { name } }), 15_000, ofMigrations);
  const [text, state] = [place.value.query.get('q')?.trim().toLowerCase() ?? '', place.value.query.get('state') ?? ''];
  const found = live.value?.apps.filter((move) => (!state || move.phase === state) && (!text || move.app.includes(text))) ?? [];
  return (
    <section aria-labelledby="applications">
      <h2 id="applications">Applications</h2>
      <Failure error={live.error} />
      {live.value && (
        <form class="filters" role="search" onSubmit={(e) => e.preventDefault()}>
          <label class="field-inline">Name <input type="search" value={text} onInput={(e) => filter({ q: e.currentTarget.value })} /></label>
          <label class="field-inline">State <select value={state} onChange={(e) => filter({ state: e.currentTarget.value })}><option value="">all</option>{MOVE_PHASES.map((phase) => <option key={phase} value={phase}>{moveWord(phase)}</option>)}</select></label>
          <p role="status" class="hint">{found.length > MOST_ROWS ? `the first ${MOST_ROWS} of ${number(found.length)}` : plural(found.length, 'application')}</p>
        </form>
      )}
      {found.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label="Applications">
          <table class="cards">
            <thead><tr><th scope="col">Application</th><th scope="col">Wave</th><th scope="col">State</th><th scope="col">To</th><th scope="col">Why</th><th scope="col">Rollout</th><th scope="col">Since</th></tr></thead>
            <tbody>
              {found.slice(0, MOST_ROWS).map((move) => (
                <tr key={move.app}>
                  <th scope="row"><a href={`/apps/${move.app}`}>{move.app}</a></th>
                  <td data-label="Wave">{move.wave}</td>
                  <td data-label="State"><MovePhase move={move} /></td>
                  <td data-label="To"><Side colour={move.to} /></td>
                  <td data-label="Why">{move.sentence}<Found move={move} /></td>
                  <td data-label="Rollout">{move.rollout ? <a href={`/rollouts/${move.rollout}`}>{move.attempts > 1 ? `attempt ${move.attempts}` : 'the rollout'}</a> : NONE}</td>
                  <td data-label="Since"><At at={move.at} /></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
