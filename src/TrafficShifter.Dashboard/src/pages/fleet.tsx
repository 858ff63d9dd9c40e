import { useEffect, useRef } from 'preact/hooks';
import { AwayBanner } from '../parts/away';
import { Notice } from '../parts/notice';
import { StopLine } from '../acts/line';
import { RollBackAll } from '../acts/rollback-all';
import { STANDINGS, type Standing, counts, loaded, owners, problem, select, total, version } from '../state/fleet';
import { filter, place } from '../state/router';
import { may } from '../state/session';
import { number, plural } from '../words';
import { Grid } from './fleet-grid';
import { Frame, Heading } from './frame';

const words: Readonly<Record<Standing, string>> = { waiting: 'Waiting for you', rolledBack: 'Rolled back', drift: 'Drift', held: 'Held', locked: 'Locked', moving: 'Moving', quiet: 'Quiet' };

/** Which applications need a person, and where is each one's traffic? */
export function Fleet() {
  const query = place.value.query;
  const wanted = { text: query.get('q') ?? '', states: query.get('state')?.split(',').filter(Boolean) ?? [], owner: query.get('owner') ?? '', colour: query.get('colour') ?? '', sort: query.get('sort') ?? 'attention' };
  const search = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const focus = (): void => search.current?.focus();
    addEventListener('shifter:filter', focus);
    return () => removeEventListener('shifter:filter', focus);
  }, []);
  void version.value;
  const order = select(wanted);
  const toggle = (state: Standing): void => filter({ state: (wanted.states.includes(state) ? wanted.states.filter((s) => s !== state) : [...wanted.states, state]).join(',') });
  const waiting = counts.value.get('waiting') ?? 0;
  const filtered = wanted.text || wanted.states.length > 0 || wanted.owner || wanted.colour;
  return (
    <Frame title={waiting > 0 ? `${waiting} wait · Fleet` : 'Fleet'}>
      <Heading>Fleet</Heading>
      <AwayBanner />
      {problem.value && <Notice kind="bad">{problem.value}</Notice>}
      <form class="filters" role="search" onSubmit={(e) => e.preventDefault()}>
        <label class="field-inline wide">Filter <input ref={search} type="search" value={wanted.text} placeholder="name, owner or label" onInput={(e) => filter({ q: e.currentTarget.value })} /></label>
        {owners.value.length > 0 && <label class="field-inline">Owner <select value={wanted.owner} onChange={(e) => filter({ owner: e.currentTarget.value })}><option value="">all</option>{owners.value.map((o) => <option key={o}>{o}</option>)}</select></label>}
        <label class="field-inline">Stable <select value={wanted.colour} onChange={(e) => filter({ colour: e.currentTarget.value })}><option value="">both</option><option>blue</option><option>green</option></select></label>
        <label class="field-inline">Sort <select value={wanted.sort} onChange={(e) => filter({ sort: e.currentTarget.value })}><option value="attention">needs attention</option><option value="name">name</option><option value="recent">newest change</option></select></label>
      </form>
      <div class="toolbar">
        <div class="chips" role="group" aria-label="State">
          {STANDINGS.map((s) => <button key={s} type="button" class="chip" aria-pressed={wanted.states.includes(s)} onClick={() => toggle(s)}>{words[s]} {number(counts.value.get(s) ?? 0)}</button>)}
        </div>
        <p role="status" class="hint">{filtered ? `${number(order.length)} of ${plural(total(), 'application')}` : plural(total(), 'application')}</p>
        <StopLine />
        {may('rollback-all') && <RollBackAll count={total()} />}
      </div>
      {!loaded.value && !problem.value && <p>Reading…</p>}
      {loaded.value && total() === 0 && <p>No applications yet. An application is a name, its hosts and how HAProxy splits it: <code>PUT /api/v1/apps/shop</code> registers one.</p>}
      {loaded.value && total() > 0 && order.length === 0 && <p>Nothing matches. <button type="button" onClick={() => filter({ q: null, state: null, owner: null, colour: null })}>Clear filters</button></p>}
      {order.length > 0 && <Grid order={order} />}
      <p class="hint keys">/ filters · ↓ ↑ move · Enter opens · ? lists all keys</p>
    </Frame>
  );
}
