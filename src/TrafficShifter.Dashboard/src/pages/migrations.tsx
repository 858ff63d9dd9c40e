import { Progress } from '../parts/progress';
import { Failure } from '../parts/notice';
import { At } from '../parts/time';
import { type Migration, ofMigrations, readMigrations } from '../state/campaigns';
import { useLive } from '../state/live';
import { NONE, migrationPhase } from '../words';
import { Frame, Heading } from './frame';

const MOST_NAMED = 3;

function Done({ of }: { of: Migration }) {
  if (of.endedAt) return <At at={of.endedAt} />;
  return <>{of.forecast?.sentence ?? NONE}</>;
}

/** Those that do not go on without somebody, by name. */
function Attention({ of }: { of: Migration }) {
  const calls = of.attention.filter((move) => move.needsSomebody);
  if (calls.length === 0) return <>{NONE}</>;
  return <span class="waits">{calls.slice(0, MOST_NAMED).map((move) => <a key={move.app} href={`/apps/${move.app}`}>{move.app} </a>)}{calls.length > MOST_NAMED && `and ${calls.length - MOST_NAMED} more`}</span>;
}

/** How far is each migration, what holds it, and when will it be done? */
export function Migrations() {
  const live = useLive('migrations', readMigrations, 3000, ofMigrations);
  return (
    <Frame title="Migrations">
      <Heading>Migrations</Heading>
      <Failure error={live.error} />
      {!live.value && !live.error && <p>Reading…</p>}
      {live.value?.length === 0 && <p>No migrations yet. A migration moves many applications from one side to the other, wave by wave: <code>shifter migration apply move -f move.yaml</code> stores one, and nothing moves before it is started.</p>}
      {live.value && live.value.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label="Migrations">
          <table class="cards">
            <thead><tr><th scope="col">Name</th><th scope="col">State</th><th scope="col">How far</th><th scope="col">Held by</th><th scope="col">Done</th><th scope="col">Needs somebody</th></tr></thead>
            <tbody>
              {live.value.map((m) => (
                <tr key={m.name}>
                  <th scope="row"><a href={`/migrations/${m.name}`}>{m.name}</a></th>
                  <td data-label="State">{migrationPhase(m.phase)}</td>
                  <td data-label="How far">{m.phase === 'draft' ? NONE : <Progress counts={m.counts} />}</td>
                  <td data-label="Held by">{m.heldBy}</td>
                  <td data-label="Done"><Done of={m} /></td>
                  <td data-label="Needs somebody"><Attention of={m} /></td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Frame>
  );
}
