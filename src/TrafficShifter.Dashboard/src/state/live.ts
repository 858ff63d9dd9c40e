import { signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Schemas } from '../api/client';
import { ApiError } from '../api/client';
import { EventStream } from '../api/stream';

export type TrafficEvent = Schemas['TrafficEvent'];

export type Link = 'connecting' | 'live' | 'lost';

export const link = signal<Link>('connecting');
/** When something was last heard of the server; 0: never yet. */
export const heardAt = signal(0);
export const retryAt = signal(0);
export const lostWhy = signal('');
/** The present, told every second. */
export const now = signal(Date.now());

type Told = (event: TrafficEvent, index: string) => void;

const listeners = new Set<Told>();
const reopened = new Set<(index: string) => void>();

const indexOf = (id: string | null): string => id?.split('-')[0] ?? '0';

const stream = new EventStream({
  opened: (id) => {
    heard();
    for (const each of reopened) each(indexOf(id));
  },
  heard,
  told: ({ id, data }) => {
    const event = JSON.parse(data) as TrafficEvent;
    for (const each of listeners) each(event, indexOf(id));
  },
  lost: (why, retryIn) => {
    link.value = 'lost';
    lostWhy.value = why;
    retryAt.value = Date.now() + retryIn;
  },
});

function heard(): void {
  link.value = 'live';
  heardAt.value = Date.now();
}

let ticking: ReturnType<typeof setInterval> | undefined;

export function startLive(): void {
  stream.start();
  // After a sleep the clock jumps: what is heard of in that turn is the age as it is.
  ticking ??= setInterval(() => (now.value = Date.now()), 1000);
}

export function stopLive(): void {
  stream.stop();
  link.value = 'connecting';
  heardAt.value = 0;
}

export const retryNow = stream.retryNow;

/** Above this the page is not to be relied on, but for going back. */
export const STALE = 30_000;
const DELAYED = 10_000;

export const sinceHeard = (): number => (heardAt.value === 0 ? 0 : Math.max(0, now.value - heardAt.value));
export const isStale = (): boolean => sinceHeard() > STALE;
export const isDelayed = (): boolean => sinceHeard() > DELAYED;

export function onEvent(listener: Told): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function onReopened(listener: (index: string) => void): () => void {
  reopened.add(listener);
  return () => reopened.delete(listener);
}

export interface Live<T> {
  readonly value: T | undefined;
  /** The problem of the last attempt; the value before it stays. */
  readonly error: unknown;
  readonly missing: boolean;
  readonly at: number;
  readonly again: () => void;
}

/**
 * Loads something and keeps it up to date: on each event that concerns it, when the stream was opened anew, and every so often while somebody looks.
 * @param key What is loaded; with another key it begins anew.
 * @param every Milliseconds; null: on events alone.
 */
export function useLive<T>(key: string, load: () => Promise<T>, every: number | null, concerns: (event: TrafficEvent) => boolean = () => false): Live<T> {
  const [state, set] = useState<{ key: string; value: T | undefined; error: unknown; at: number }>({ key, value: undefined, error: null, at: 0 });
  const latest = useRef({ load, concerns });
  latest.current = { load, concerns };
  const again = useRef<() => void>(() => undefined);
  useEffect(() => {
    let [ended, running, wanted] = [false, false, false];
    const turn = async (): Promise<void> => {
      if (running) {
        wanted = true;
        return;
      }
      running = true;
      try {
        const value = await latest.current.load();
        if (!ended) set({ key, value, error: null, at: Date.now() });
      } catch (error) {
        if (!ended) set((before) => ({ key, value: before.key === key ? before.value : undefined, error, at: before.at }));
      }
      running = false;
      if (wanted && !ended) {
        wanted = false;
        void turn();
      }
    };
    again.current = () => void turn();
    void turn();
    const stops = [onEvent((event) => latest.current.concerns(event) && void turn()), onReopened(() => void turn())];
    const timer = every === null ? undefined : setInterval(() => document.visibilityState === 'visible' && void turn(), every);
    return () => {
      ended = true;
      clearInterval(timer);
      for (const stop of stops) stop();
    };
  }, [key, every]);
  const mine = state.key === key ? state : { value: undefined, error: null, at: 0 };
  return { value: mine.value, error: mine.error, at: mine.at, missing: mine.error instanceof ApiError && mine.error.problem.status === 404, again: () => again.current() };
}
