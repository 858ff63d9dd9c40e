import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Glyph } from '../parts/glyph';
import { Split } from '../parts/split';
import { Ago } from '../parts/time';
import { type FleetRow, find, nodes, total } from '../state/fleet';
import { go } from '../state/router';
import { plural } from '../words';

const narrow = matchMedia('(max-width: 700px)');
/** Rows are as high as the style sheet says, so that where each one is is known without asking. */
const heightOf = (): number => (narrow.matches ? 96 : 36);
const OVERSCAN = 8;
/** Rows do not move for this long after a key was pressed, nor under the pointer. */
const STILL = 2000;

function Row({ row, at, index, tab, seen }: { row: FleetRow; at: number; index: number; tab: boolean; seen: (index: number) => void }) {
  const place = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => place.current?.style.setProperty('transform', `translateY(${at}px)`), [at]);
  const step = row.rollout ? `${row.rollout.step} of ${row.rollout.steps} · ` : '';
  return (
    <div role="row" class={`row standing-${row.standing}`} aria-rowindex={index + 2} ref={place}>
      <div role="gridcell" class="name"><Glyph name={row.standing} label={row.standing} /><a href={`/apps/${row.app}`} tabIndex={tab ? 0 : -1} data-index={index} onFocus={() => seen(index)}>{row.app}</a></div>
      <div role="gridcell" class="traffic"><Split green={row.green} locked={row.lock != null} small /></div>
      <div role="gridcell" class="what" title={row.sentence}>{step}{row.sentence}</div>
      <div role="gridcell" class={row.observed < nodes.value.registered ? 'nodes waits' : 'nodes'} title={`observed on ${row.observed} of ${plural(nodes.value.registered, 'node')}`}>{row.observed}/{nodes.value.registered}</div>
      <div role="gridcell" class="since"><Ago at={row.since} /></div>
    </div>
  );
}

/** Thousands of rows, of which those are in the page that can be seen, and the one that has the focus. */
export function Grid({ order: wanted }: { order: readonly string[] }) {
  const body = useRef<HTMLDivElement>(null);
  const [span, setSpan] = useState({ from: 0, to: 40, height: heightOf() });
  const [focus, setFocus] = useState(0);
  const still = useRef({ inside: false, key: -STILL });
  const shown = useRef<readonly string[]>(wanted);
  const [, redraw] = useState(0);

  const isStill = still.current.inside || performance.now() - still.current.key < STILL;
  const same = shown.current.length === wanted.length && shown.current.every((app, i) => app === wanted[i]);
  const members = new Set(wanted);
  const sameSet = shown.current.length === wanted.length && shown.current.every((app) => members.has(app));
  // Filters change at once; only a new order waits.
  if (!same && !(isStill && sameSet)) shown.current = wanted;
  const order = shown.current;
  const moved = order === wanted ? 0 : order.reduce((sum, app, i) => sum + (app === wanted[i] ? 0 : 1), 0);
  const settle = (): void => { shown.current = wanted; redraw((n) => n + 1); };

  useEffect(() => {
    if (moved === 0) return;
    const timer = setInterval(() => !still.current.inside && performance.now() - still.current.key >= STILL && redraw((n) => n + 1), 500);
    return () => clearInterval(timer);
  }, [moved > 0]);

  useEffect(() => {
    const measure = (): void => {
      const height = heightOf();
      const top = -(body.current?.getBoundingClientRect().top ?? 0);
      const [from, to] = [Math.floor(top / height) - OVERSCAN, Math.ceil((top + innerHeight) / height) + OVERSCAN];
      setSpan((before) => (before.from === from && before.to === to && before.height === height ? before : { from, to, height }));
    };
    measure();
    addEventListener('scroll', measure, { passive: true });
    addEventListener('resize', measure);
    return () => { removeEventListener('scroll', measure); removeEventListener('resize', measure); };
  }, []);
  useLayoutEffect(() => body.current?.style.setProperty('height', `${order.length * span.height}px`), [order.length, span.height]);

  const move = (to: number): void => {
    const next = Math.min(order.length - 1, Math.max(0, to));
    setFocus(next);
    const top = (body.current?.getBoundingClientRect().top ?? 0) + scrollY + next * span.height;
    if (top < scrollY + 120 || top + span.height > scrollY + innerHeight - 40) scrollTo(0, top - innerHeight / 2);
    requestAnimationFrame(() => body.current?.querySelector<HTMLElement>(`[data-index="${next}"]`)?.focus());
  };
  const steps: Readonly<Record<string, () => number>> = { ArrowDown: () => focus + 1, j: () => focus + 1, ArrowUp: () => focus - 1, k: () => focus - 1, PageDown: () => focus + 15, PageUp: () => focus - 15, Home: () => 0, End: () => order.length - 1 };
  const onKey = (event: KeyboardEvent): void => {
    still.current.key = performance.now();
    const step = event.ctrlKey || event.metaKey || event.altKey ? undefined : steps[event.key];
    if (!step) return;
    event.preventDefault();
    move(step());
  };
  const last = Math.min(order.length, Math.max(span.to, 0));
  const visible = Array.from({ length: Math.max(0, last - Math.max(0, span.from)) }, (_, i) => Math.max(0, span.from) + i);
  const tab = Math.min(focus, order.length - 1);
  if (!visible.includes(tab)) visible.push(tab);

  return (
    <>
      {moved > 0 && <p class="moved" role="status">{plural(moved, 'row')} moved. <button type="button" onClick={settle}>Show</button></p>}
      <div role="grid" class="grid" aria-label="Applications" aria-rowcount={total() + 1} onKeyDown={onKey}
        onPointerEnter={() => { still.current.inside = true; }} onPointerLeave={() => { still.current.inside = false; }}
        onClick={(e) => { const link = (e.target as Element).closest('.row')?.querySelector('a'); if (link && !(e.target as Element).closest('a')) go(link.pathname); }}>
        <div role="row" class="head" aria-rowindex={1}>
          <div role="columnheader" class="name">Application</div><div role="columnheader" class="traffic">Traffic</div><div role="columnheader" class="what">What is going on</div><div role="columnheader" class="nodes">Nodes</div><div role="columnheader" class="since">Since</div>
        </div>
        <div role="rowgroup" class="rows" ref={body}>
          {visible.map((index) => {
            const row = find(order[index] ?? '');
            return row && <Row key={row.app} row={row} at={index * span.height} index={index} tab={index === tab} seen={setFocus} />;
          })}
        </div>
      </div>
    </>
  );
}
