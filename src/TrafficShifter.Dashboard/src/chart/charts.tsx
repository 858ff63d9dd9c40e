import { useState } from 'preact/hooks';
import { type Schemas, get } from '../api/client';
import { Glyph, decisionGlyph } from '../parts/glyph';
import { Failure, Notice } from '../parts/notice';
import { useLive } from '../state/live';
import { filter, place } from '../state/router';
import { moment, number, ratio, seconds } from '../words';
import { Chart, said } from './chart';
import type { Limits } from './limits';
import { clean } from './scale';

type Series = Schemas['SeriesAnswer'];

const RANGES = ['15m', '30m', '2h', '6h'];
/** A rollout is seen from a little before it began. */
const BEFORE = 120_000;
const QUANTILES = ['50', '90', '99'];
const REFRESH = 5000;

/** The word by which a mark is drawn, from the kind of its history entry. */
const kindOf = (kind: string): string => {
  const word = kind.replace(/^rollout\./, '');
  const known: Readonly<Record<string, string>> = { started: 'start', advanced: 'advance', promoting: 'promote', succeeded: 'finish', paused: 'pause', resumed: 'resume', rollingBack: 'rollBack', rolledBack: 'rollBack', aborting: 'abort', gateReached: 'ask', approved: 'approve', rejected: 'reject', 'app.rolledBack': 'rollBack' };
  return known[word] ?? (kind.startsWith('rollout.') ? 'hold' : 'person');
};

function spanOf(range: string, since: string | null): Record<string, string> {
  if (range === 'rollout' && since) return { from: new Date(Date.parse(since) - BEFORE).toISOString() };
  return { last: RANGES.includes(range) ? range : '30m' };
}

interface Read {
  readonly at: readonly number[];
  readonly sentence: (index: number) => string;
}

function read(series: Series): Read {
  const at = series.at;
  const percent = (v: number): string => `${number(v)} %`;
  return {
    at,
    sentence: (i) => {
      const [low, high] = [clean(series.observed.low)[i], clean(series.observed.high)[i]];
      const seen = low == null ? '' : `, seen ${low === high ? percent(low) : `${percent(low)} to ${percent(high!)}`}`;
      return `${moment(new Date(at[i]! * 1000).toISOString())} · green asked ${said(clean(series.asked)[i], percent)}${seen} · errors blue ${said(clean(series.errors.blue)[i], ratio)}, green ${said(clean(series.errors.green)[i], ratio)}`
        + ` · ${series.latencyOf} blue ${said(clean(series.latency.blue)[i], seconds)}, green ${said(clean(series.latency.green)[i], seconds)} · requests a second blue ${said(clean(series.requests.blue)[i], number)}, green ${said(clean(series.requests.green)[i], number)}`;
    },
  };
}

const lastOf = (values: readonly unknown[]): number | null => clean(values).reduceRight<number | null>((found, v) => found ?? v, null);

function summary(series: Series): string {
  const [asked, blue, green] = [lastOf(series.asked), lastOf(series.errors.blue), lastOf(series.errors.green)];
  return `Green's share ${asked === null ? 'is not known' : `${number(asked)} %`}; errors ${blue === null && green === null ? 'not known' : `blue ${ratio(blue)}, green ${ratio(green)}`}.`;
}

/** Share, errors, latency and requests over time, with what was decided; by eye, by keyboard and as a table. */
export function Charts({ app, limits, since }: { app: string; limits: Limits; since: string | null }) {
  const query = place.value.query;
  const [range, quantile] = [query.get('range') ?? (since ? 'rollout' : '30m'), query.get('p') ?? '99'];
  const [cursor, setCursor] = useState<number | null>(null);
  const [table, setTable] = useState(false);
  const load = () => get('/api/v1/apps/{app}/series', { params: { app }, query: { ...spanOf(range, since), quantile } });
  const live = useLive(`series ${app} ${range} ${quantile} ${since}`, load, REFRESH, (event) => event.app === app);
  const series = live.value;
  const choose = (name: string, value: string, now: string, label: string) => <button key={value} type="button" class="chip" aria-pressed={now === value} onClick={() => filter({ [name]: value })}>{label}</button>;
  const told = series ? read(series) : null;
  const count = series?.at.length ?? 0;
  const move = (event: KeyboardEvent): void => {
    const by = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
    const to = event.key === 'Home' ? 0 : event.key === 'End' ? count - 1 : by === 0 ? null : (cursor ?? count - 1) + by * (event.shiftKey ? 10 : 1);
    if (event.key === 't') setTable(!table);
    if (to === null) return;
    event.preventDefault();
    setCursor(Math.min(count - 1, Math.max(0, to)));
  };
  const point = (event: PointerEvent): void => {
    const area = (event.currentTarget as HTMLElement).getBoundingClientRect();
    setCursor(Math.min(count - 1, Math.max(0, Math.round(((event.clientX - area.left) / Math.max(1, area.width - 64)) * (count - 1)))));
  };
  const marks = (series?.marks ?? []).map((mark) => ({ index: indexOf(series!.at, mark.at), kind: kindOf(mark.kind), sentence: mark.sentence }));
  return (
    <section aria-labelledby="charts">
      <div class="section-head">
        <h2 id="charts">Over time</h2>
        <div class="chips" role="group" aria-label="Range">{[...(since ? ['rollout'] : []), ...RANGES].map((r) => choose('range', r, range, r))}</div>
        <div class="chips" role="group" aria-label="Latency">{QUANTILES.map((q) => choose('p', q, quantile, `p${q}`))}</div>
        <button type="button" class="chip" aria-pressed={table} onClick={() => setTable(!table)}>Table</button>
      </div>
      {live.error ? <Failure error={live.error} /> : null}
      {series?.problem && <Notice kind="waits">{series.problem} Charts stop there; rollouts hold; roll back works.</Notice>}
      {series && !table && (
        <figure class="charts" tabIndex={0} role="group" aria-label={`Charts. ${summary(series)} Arrow keys move through time.`} onKeyDown={move} onPointerMove={point} onPointerLeave={() => setCursor(null)} onBlur={() => setCursor(null)}>
          <Chart title="green's share" asked={clean(series.asked)} band={[clean(series.observed.low), clean(series.observed.high)]} least={100} format={(v) => `${number(v)} %`} marks={marks} cursor={cursor} />
          <Chart title="errors" blue={clean(series.errors.blue)} green={clean(series.errors.green)} limit={limits.errors} least={0.01} format={ratio} marks={marks} cursor={cursor} />
          <Chart title={series.latencyOf === 'mean' ? 'latency, mean' : `latency, ${series.latencyOf}`} blue={clean(series.latency.blue)} green={clean(series.latency.green)} limit={limits.latency[series.latencyOf] ?? null} least={0.01} format={seconds} marks={marks} cursor={cursor} />
          <Chart title="requests a second" blue={clean(series.requests.blue)} green={clean(series.requests.green)} least={1} format={number} marks={marks} cursor={cursor} />
          <figcaption aria-live="polite">{cursor !== null && told ? told.sentence(cursor) : summary(series)}</figcaption>
        </figure>
      )}
      {series && table && told && (
        <div class="scroll tall" tabIndex={0} role="region" aria-label="Over time, as a table">
          <table><thead><tr><th scope="col">Newest first</th></tr></thead><tbody>{series.at.map((_, i) => count - 1 - i).map((i) => <tr key={i}><td>{told.sentence(i)}</td></tr>)}</tbody></table>
        </div>
      )}
      {series && series.marks.length > 0 && (
        <ol class="marks">{series.marks.slice().reverse().slice(0, 12).map((mark) => <li key={mark.id}><Glyph name={kindOf(mark.kind) === 'person' ? 'person' : decisionGlyph(kindOf(mark.kind))} /> <time dateTime={mark.at}>{moment(mark.at)}</time> {mark.rollout ? <a href={`/rollouts/${mark.rollout}`}>{mark.sentence}</a> : mark.sentence}</li>)}</ol>
      )}
    </section>
  );
}

function indexOf(at: readonly number[], moment: string): number {
  const s = Date.parse(moment) / 1000;
  const [first, second] = [at[0] ?? 0, at[1] ?? 1];
  return Math.min(at.length - 1, Math.max(0, Math.round((s - first) / Math.max(1, second - first))));
}
