import { useEffect, useState } from 'preact/hooks';
import { type Schemas, describe, send } from '../api/client';
import { At } from '../parts/time';
import { plural } from '../words';
import { Panel } from './panel';

type Plan = Schemas['MigrationSchedule'];
const PATH = '/api/v1/migrations/{name}/start';
/** So many applications of a wave are named. */
const NAMED = 12;

function Wave({ wave }: { wave: Plan['waves'][number] }) {
  const moves = wave.moves.slice(0, NAMED);
  return (
    <li>
      <strong>{wave.name}</strong>: {plural(wave.apps, 'application')}, {wave.parallelism} at once{wave.begins && <>, from <At at={wave.begins} /></>}{wave.ends && <> to <At at={wave.ends} /></>}{wave.gate != null && ', after approval'}
      <details>
        <summary>{wave.selects}</summary>
        <ul class="plain">{moves.map((move) => <li key={move.app}>{move.app}: {move.note ?? `${move.from} to ${move.to}${move.plan ? ` by ${move.plan}` : ''}, at least ${move.takes}`}</li>)}</ul>
        {wave.moves.length > NAMED && <p class="hint">and {plural(wave.moves.length - NAMED, 'other')}</p>}
      </details>
    </li>
  );
}

/** Starts a migration, after its whole schedule was shown: nothing is held and nothing moves before. */
export function Schedule({ name, close }: { name: string; close: () => void }) {
  const [plan, setPlan] = useState<Plan | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    let ended = false;
    send('POST', PATH, { params: { name }, query: { dryRun: 'true' }, body: {} })
      .then((reply) => { if (!ended) setPlan(reply.body as Plan); })
      .catch((failed: unknown) => { if (!ended) setProblem(describe(failed)); });
    return () => { ended = true; };
  }, [name]);
  const refusals = Object.entries(plan?.refusals ?? {});
  return (
    <Panel title={`Start ${name}?`} verb="Start" reason="optional" ready={plan !== null && refusals.length === 0} close={close}
      send={async (reason) => { await send('POST', PATH, { params: { name }, body: reason ? { reason } : {} }); }}>
      {problem && <p class="failure" role="alert">{problem}</p>}
      {!plan && !problem && <p>Laying out its schedule…</p>}
      {plan && (
        <>
          <p>{plural(plan.apps, 'application')} in {plural(plan.waves.length, 'wave')}{plan.ends && <>; done at <At at={plan.ends} /> at the earliest</>}. All of them are held from the start: their definitions cannot be changed meanwhile.</p>
          {refusals.length > 0 && <div role="alert"><p class="failure">It cannot start:</p><ul class="plain">{refusals.map(([at, why]) => <li key={at}><code>{at}</code> {why}</li>)}</ul></div>}
          <ol class="steps-list">{plan.waves.map((wave) => <Wave key={wave.name} wave={wave} />)}</ol>
          {plan.warnings.map((warning) => <p class="hint" key={warning}>{warning}</p>)}
        </>
      )}
    </Panel>
  );
}
