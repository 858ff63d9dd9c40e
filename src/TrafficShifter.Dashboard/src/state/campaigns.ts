import { signal } from '@preact/signals';
import { type Schemas, get } from '../api/client';
import { onEvent, onReopened } from './live';

export type Migration = Schemas['MigrationAnswer'];

const POLL = 15_000;

/** How many migrations go on, and how many of them were stopped or paused; null: not known yet. */
export const going = signal<{ readonly running: number; readonly halted: number } | null>(null);

const HALTED: readonly string[] = ['paused', 'stopped'];
const GOING: readonly string[] = ['starting', 'running', 'ending', ...HALTED];

export const isGoing = (migration: Migration): boolean => GOING.includes(migration.phase);

/** Is told of by events of migrations and their applications alike. */
export const ofMigrations = (event: Schemas['TrafficEvent']): boolean => event.kind.startsWith('migration.');
export const ofColours = (event: Schemas['TrafficEvent']): boolean => event.kind.startsWith('colour.');

/** All migrations, those that go on first, then the newest. */
export async function readMigrations(): Promise<readonly Migration[]> {
  const all = await get('/api/v1/migrations');
  const halted = all.filter((m) => HALTED.includes(m.phase)).length;
  going.value = { running: all.filter(isGoing).length - halted, halted };
  const since = (m: Migration): string => m.startedAt ?? m.at;
  return [...all].sort((a, b) => Number(isGoing(b)) - Number(isGoing(a)) || since(b).localeCompare(since(a)));
}

/** Keeps the count up to date while the page is open. What cannot be read stays as it was: the page of migrations says why. */
export function watchCampaigns(): () => void {
  const read = (): void => void readMigrations().catch(() => undefined);
  read();
  const stops = [onEvent((event) => ofMigrations(event) && !event.app && read()), onReopened(read)];
  const timer = setInterval(() => document.visibilityState === 'visible' && read(), POLL);
  return () => {
    clearInterval(timer);
    for (const stop of stops) stop();
  };
}
