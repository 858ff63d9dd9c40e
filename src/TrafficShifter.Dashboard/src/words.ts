/** What stands where there is no number. Never 0. */
export const NONE = '–';

/** `10%` as `10 %`; a share as the API writes it. */
export const share = (text: string | null | undefined): string => (text ? text.replace(/%$/, ' %') : NONE);

/** `10%` as 10; null when it is no share. */
export function percentOf(text: string | null | undefined): number | null {
  const value = text ? Number.parseFloat(text) : Number.NaN;
  return Number.isFinite(value) ? value : null;
}

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });

/** 1,204 · 0.21. What is no finite number is {@link NONE}. */
export const number = (value: unknown): string => (typeof value !== 'number' || !Number.isFinite(value) ? NONE : Math.abs(value) >= 100 ? whole.format(value) : fine.format(value));

/** A part of one in percent: 0.0021 is 0.21 %. */
export const ratio = (value: unknown): string => (typeof value === 'number' && Number.isFinite(value) ? `${number(value * 100)} %` : NONE);

/** Seconds as milliseconds below one, as seconds above. */
export const seconds = (value: unknown): string =>
  typeof value !== 'number' || !Number.isFinite(value) ? NONE : value < 1 ? `${number(value * 1000)} ms` : `${number(value)} s`;

/** How long something lasts, in its largest unit: 40 s, 4 min, 3 h, 3 d. */
export function age(ms: number): string {
  if (!Number.isFinite(ms)) return NONE;
  const s = Math.max(0, ms / 1000);
  if (s < 60) return `${Math.floor(s)} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h`;
  return `${Math.floor(s / 86_400)} d`;
}

/** `1h30m`, `500ms` as the API writes a duration, in seconds; null when it is none. */
export function durationOf(text: string | null | undefined): number | null {
  if (!text || !/^(\d+(\.\d+)?(ms|d|h|m|s))+$/.test(text)) return null;
  const units: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };
  let sum = 0;
  for (const [, value, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|d|h|m|s)/g)) sum += Number(value) * (units[unit!] ?? 0);
  return sum;
}

/** 2:10 of what has been held. */
export function clock(total: number): string {
  const s = Math.max(0, Math.floor(total));
  const [h, m, rest] = [Math.floor(s / 3600), Math.floor(s / 60) % 60, String(s % 60).padStart(2, '0')];
  return h > 0 ? `${h}:${String(m).padStart(2, '0')}:${rest}` : `${m}:${rest}`;
}

const time = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });

/** 09:52:40, and the day before it when that is not today. */
export function moment(at: string, now: number = Date.now()): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return NONE;
  return new Date(now).toDateString() === date.toDateString() ? time.format(date) : `${day.format(date)} ${time.format(date)}`;
}

/** What a field for a moment holds, in this browser's time, as the API writes it; null when it holds none. */
export function instantOf(local: string): string | null {
  const date = new Date(local);
  return local === '' || Number.isNaN(date.getTime()) ? null : date.toISOString();
}

/** The other way round: `2026-11-21T16:00`, as such a field wants it. */
export function localOf(at: string | null): string {
  const date = new Date(at ?? '');
  return Number.isNaN(date.getTime()) ? '' : new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

export const plural = (count: number, one: string, many = `${one}s`): string => `${whole.format(count)} ${count === 1 ? one : many}`;

const phases: Readonly<Record<string, string>> = {
  pending: 'Waiting to start', progressing: 'Moving', paused: 'Paused', promoting: 'Promoting', succeeded: 'Done', rollingBack: 'Rolling back', rolledBack: 'Rolled back', aborted: 'Aborted',
};

const migrations: Readonly<Record<string, string>> = {
  draft: 'Not started', starting: 'Starting', running: 'Running', paused: 'Paused', stopped: 'Stopped', ending: 'Ending', done: 'Done', aborted: 'Aborted',
};

export const migrationPhase = (word: string): string => migrations[word] ?? word;

export const phase = (word: string): string => phases[word] ?? word;

const outcomes: Readonly<Record<string, string>> = { passed: 'Passed', failed: 'Failed', insufficient: 'Too little data', error: 'Could not ask' };

export const outcome = (word: string | null | undefined): string => (word ? (outcomes[word] ?? word) : 'Not run');
