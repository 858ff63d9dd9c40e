import { signal } from '@preact/signals';
import { type Schemas, get } from '../api/client';
import { onEvent, onReopened } from './live';

const POLL = 15_000;

/** What holds rollouts now; null: not known yet. */
export const standstill = signal<Schemas['StandstillAnswer'] | null>(null);

/** Is told of when the line or the calendar was changed. */
export const ofControl = (event: Schemas['TrafficEvent']): boolean => event.kind.startsWith('line.') || event.kind.startsWith('freeze.');

/** What cannot be read stays as it was. */
export const readStandstill = (): Promise<void> => get('/api/v1/control').then((now) => { standstill.value = now; }).catch(() => undefined);

/** Keeps it up to date while the page is open; a freeze begins and ends without any event. */
export function watchStandstill(): () => void {
  const read = (): void => void readStandstill();
  read();
  const stops = [onEvent((event) => ofControl(event) && read()), onReopened(read)];
  const timer = setInterval(() => document.visibilityState === 'visible' && read(), POLL);
  return () => {
    clearInterval(timer);
    for (const stop of stops) stop();
  };
}
