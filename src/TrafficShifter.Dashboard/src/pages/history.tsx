import { useState } from 'preact/hooks';
import { get } from '../api/client';
import { download } from '../api/download';
import { Failure } from '../parts/notice';
import { Split } from '../parts/split';
import { At } from '../parts/time';
import { useLive } from '../state/live';
import { filter, place } from '../state/router';
import { NONE, instantOf, localOf, plural } from '../words';
import { Frame, Heading } from './frame';

const MOST = '200';
const FILTERS = ['app', 'by', 'kind', 'outcome', 'from', 'to'] as const;
const OUTCOMES = ['done', 'held', 'ignored'];
type Query = Readonly<Partial<Record<(typeof FILTERS)[number], string>>>;

const load = (query: Query) => get('/api/v1/history', { query: { limit: MOST, ...query } });
type Entry = Awaited<ReturnType<typeof load>>[number];

/** Green's share in a stored document of weights; null in any other. */
function greenOf(document: unknown): string | null {
  const { blue, green } = (document ?? {}) as { blue?: unknown; green?: unknown };
  return typeof blue === 'number' && typeof green === 'number' && blue + green > 0 ? `${Math.round((green / (blue + green)) * 10_000) / 100}%` : null;
}

function Change({ entry }: { entry: Entry }) {
  const [before, after] = [greenOf(entry.before), greenOf(entry.after)];
  if (!before && !after) return <>{NONE}</>;
  return <>{before && <Split green={before} small />} {after && <Split green={after} small />}</>;
}

/** Everything that the filters find, a line of JSON each: not only what is shown. */
function Export({ query }: { query: Readonly<Record<string, string | undefined>> }) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const save = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    await download('/api/v1/history', query, 'application/x-ndjson', 'history.jsonl').catch(setError);
    setBusy(false);
  };
  return <><button type="button" disabled={busy} onClick={() => void save()}>{busy ? 'Exporting…' : 'Export JSON lines'}</button><Failure error={error} /></>;
}

/** Who changed what, and why. All filters are in the address. */
export function History() {
  const query: Query = Object.fromEntries(FILTERS.map((name) => [name, place.value.query.get(name) ?? '']).filter(([, value]) => value));
  const live = useLive(`history ${JSON.stringify(query)}`, () => load(query), null, (event) => !query.app || event.app === query.app);
  const seen = live.value;
  const field = (name: 'app' | 'by' | 'kind', label: string) => (
    <label class="field-inline">{label} <input value={query[name] ?? ''} name={name} onInput={(e) => filter({ [name]: e.currentTarget.value })} /></label>
  );
  const moments = (name: 'from' | 'to', label: string) => (
    <label class="field-inline">{label} <input type="datetime-local" value={localOf(query[name] ?? null)} name={name} onChange={(e) => filter({ [name]: instantOf(e.currentTarget.value) })} /></label>
  );
  return (
    <Frame title="History">
      <Heading>History</Heading>
      <form class="filters" onSubmit={(e) => e.preventDefault()}>
        {field('app', 'Application')}{field('by', 'By')}{field('kind', 'What')}
        <label class="field-inline">Outcome <select value={query.outcome ?? ''} onChange={(e) => filter({ outcome: e.currentTarget.value })}><option value="">all</option>{OUTCOMES.map((word) => <option key={word}>{word}</option>)}</select></label>
        {moments('from', 'From')}{moments('to', 'To')}
        <Export query={query} />
      </form>
      <Failure error={live.error} />
      <p role="status" class="hint">{seen ? (seen.length === Number(MOST) ? `the newest ${MOST} entries` : plural(seen.length, 'entry', 'entries')) : live.error ? '' : 'Reading…'}</p>
      <div class="scroll" tabIndex={0} role="region" aria-label="History">
        <table class="cards">
          <thead><tr><th scope="col">When</th><th scope="col">Who</th><th scope="col">Application</th><th scope="col">What</th><th scope="col">Before → after</th><th scope="col">Why</th></tr></thead>
          <tbody>
            {seen?.map((entry) => (
              <tr key={entry.id}>
                <td data-label="When"><At at={entry.at} /></td>
                <td data-label="Who">{entry.by}{entry.from && <div class="hint">from {entry.from}</div>}</td>
                <td data-label="Application">{entry.app ? <a href={`/apps/${entry.app}`}>{entry.app}</a> : NONE}</td>
                <td data-label="What">
                  <details><summary>{entry.sentence}</summary>
                    <p class="hint">{entry.kind}{entry.outcome && entry.outcome !== 'done' && `, ${entry.outcome}`}{entry.rollout && <> · <a href={`/rollouts/${entry.rollout}`}>the rollout</a></>}</p>
                    {entry.before != null && <pre>{JSON.stringify(entry.before, null, 1)}</pre>}{entry.after != null && <pre>{JSON.stringify(entry.after, null, 1)}</pre>}
                  </details>
                </td>
                <td data-label="Before → after"><Change entry={entry} /></td>
                <td data-label="Why">{entry.reason ?? NONE}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Frame>
  );
}
