import { computed, signal } from '@preact/signals';
import { ApiError, type Schemas, describe, get, send } from '../api/client';
import { onEvent, onReopened } from './live';

export type FleetRow = Schemas['FleetRow'];
export type FleetAnswer = Schemas['FleetAnswer'];
export type Standing = FleetRow['standing'];

/** Changes of one frame are asked for together, frames at least this far apart. */
const FRAME = 100;
/** More changed applications than this: all are read again. */
const MOST_NAMED = 50;
const POLL = 10_000;
const UNSEEN_POLL = 2_000;

const rows = new Map<string, FleetRow>();
/** Counts up with every change of the rows. */
export const version = signal(0);
export const nodes = signal({ registered: 0, live: 0 });
export const storeProblem = signal<string | null>(null);
/** Null until all rows were read once. */
export const problem = signal<string | null>(null);
export const loaded = signal(false);

let etag: string | null = null;
let pending = new Map<string, string>();
let timer: ReturnType<typeof setTimeout> | undefined;

const take = (answer: FleetAnswer): void => {
  nodes.value = { registered: answer.nodes, live: answer.live };
  storeProblem.value = answer.problem ?? null;
};

let reading: Promise<void> | null = null;
/** Index of the newest change that the rows have. */
let known = 0;
/** A change that was heard of while all rows were read. */
let wanted = 0;

/** Reads all rows; whoever asks while they are read gets those, unless they know of something newer. */
export function readAll(index = '0'): Promise<void> {
  wanted = Math.max(wanted, Number(index));
  reading ??= readOnce(index).finally(() => {
    reading = null;
    if (wanted > known && problem.value === null) void readAll(String(wanted));
  });
  return reading;
}

async function readOnce(index: string): Promise<void> {
  try {
    const reply = await send('GET', '/api/v1/fleet', { query: { index }, quiet: !loaded.value, ...(etag ? { headers: { 'If-None-Match': etag } } : {}) });
    problem.value = null;
    loaded.value = true;
    known = Math.max(known, Number(index));
    if (reply.status === 304) return;
    etag = reply.etag;
    const answer = reply.body as FleetAnswer;
    known = Math.max(known, answer.index);
    take(answer);
    rows.clear();
    for (const row of answer.rows) rows.set(row.app, row);
    version.value++;
  } catch (failed) {
    // Nobody is signed in yet.
    if (!(failed instanceof ApiError) || failed.problem.status !== 401) problem.value = describe(failed);
  }
}

async function readSome(apps: ReadonlyMap<string, string>): Promise<void> {
  const index = [...apps.values()].reduce((a, b) => (Number(b) > Number(a) ? b : a), '0');
  if (apps.size > MOST_NAMED) return readAll(index);
  try {
    const answer = await get('/api/v1/fleet', { query: { app: [...apps.keys()], index } });
    take(answer);
    const found = new Map(answer.rows.map((row) => [row.app, row]));
    let changed = false;
    for (const app of apps.keys()) {
      const [before, after] = [rows.get(app), found.get(app)];
      if (after && JSON.stringify(before) !== JSON.stringify(after)) rows.set(app, after);
      else if (!after && before) rows.delete(app);
      else continue;
      changed = true;
    }
    // Some were read anew, so the version of all is another.
    if (changed) {
      etag = null;
      version.value++;
    }
  } catch (failed) {
    if (failed instanceof ApiError) problem.value = failed.message;
  }
}

function want(app: string, index: string): void {
  pending.set(app, index);
  timer ??= setTimeout(flush, FRAME);
}

async function flush(): Promise<void> {
  const asked = pending;
  pending = new Map();
  await readSome(asked);
  timer = pending.size > 0 ? setTimeout(flush, FRAME) : undefined;
}

/** Keeps the rows up to date while the page is open. */
export function watchFleet(): () => void {
  void readAll();
  const visible = (): boolean => document.visibilityState === 'visible';
  const stops = [onEvent((event, index) => event.app && want(event.app, index)), onReopened((index) => void readAll(index))];
  const all = setInterval(() => visible() && void readAll(), POLL);
  // What nodes have observed is told by no event.
  const unseen = setInterval(() => {
    if (!visible()) return;
    const behind = [...rows.values()].filter((row) => row.observed < nodes.value.live || row.rollout).slice(0, MOST_NAMED);
    for (const row of behind) want(row.app, '0');
  }, UNSEEN_POLL);
  return () => {
    clearInterval(all);
    clearInterval(unseen);
    for (const stop of stops) stop();
  };
}

export const STANDINGS: readonly Standing[] = ['waiting', 'rolledBack', 'drift', 'held', 'locked', 'moving', 'quiet'];

export const counts = computed<ReadonlyMap<Standing, number>>(() => {
  void version.value;
  const by = new Map<Standing, number>(STANDINGS.map((s) => [s, 0]));
  for (const row of rows.values()) by.set(row.standing, (by.get(row.standing) ?? 0) + 1);
  return by;
});

export const owners = computed<readonly string[]>(() => {
  void version.value;
  return [...new Set([...rows.values()].flatMap((row) => row.owners ?? []))].sort();
});

export interface Wanted {
  readonly text: string;
  readonly states: readonly string[];
  readonly owner: string;
  readonly colour: string;
  readonly sort: string;
}

export const total = (): number => rows.size;
export const find = (app: string): FleetRow | undefined => rows.get(app);

/** The names of the rows that are wanted, in their order. */
export function select(wanted: Wanted, from: Iterable<FleetRow> = rows.values()): string[] {
  const text = wanted.text.trim().toLowerCase();
  const kept: FleetRow[] = [];
  for (const row of from) {
    if (text && !row.app.includes(text) && !(row.owners ?? []).some((o) => o.toLowerCase().includes(text)) && !hasLabel(row, text)) continue;
    if (wanted.states.length > 0 && !wanted.states.includes(row.standing)) continue;
    if (wanted.owner && !(row.owners ?? []).includes(wanted.owner)) continue;
    if (wanted.colour && row.stable !== wanted.colour) continue;
    kept.push(row);
  }
  return kept.sort(ORDERS[wanted.sort] ?? ORDERS['attention']!).map((row) => row.app);
}

/** A label is found by its name, its value, or both: `tier=web`. */
const hasLabel = (row: FleetRow, text: string): boolean => Object.entries(row.labels ?? {}).some(([name, value]) => `${name}=${value}`.toLowerCase().includes(text));

const byName = (a: FleetRow, b: FleetRow): number => (a.app < b.app ? -1 : a.app > b.app ? 1 : 0);
const rank = new Map(STANDINGS.map((s, i) => [s, i]));

const ORDERS: Readonly<Record<string, (a: FleetRow, b: FleetRow) => number>> = {
  attention: (a, b) => (rank.get(a.standing) ?? 9) - (rank.get(b.standing) ?? 9) || byName(a, b),
  name: byName,
  recent: (a, b) => (b.since ?? '').localeCompare(a.since ?? '') || byName(a, b),
};
