import { signal } from '@preact/signals';
import { ApiError, type Schemas, onSignedOut, send } from '../api/client';
import { go, place } from './router';

export type Session = Schemas['SessionAnswer'];

/** Who is signed in; null: nobody; undefined: not known yet. */
export const session = signal<Session | null | undefined>(undefined);

/** What this person may do that belongs to no application. */
export const may = (verb: string): boolean => session.value?.can.includes(verb) ?? false;

export async function readSession(): Promise<void> {
  try {
    session.value = (await send('GET', '/api/v1/session', { quiet: true })).body as Session;
  } catch (refused) {
    if (!(refused instanceof ApiError) || refused.problem.status !== 401) throw refused;
    session.value = null;
  }
}

/** Exchanges a token for a session. The token is sent once and kept nowhere. */
export async function signIn(token: string): Promise<void> {
  session.value = (await send('POST', '/api/v1/session', { body: { token }, quiet: true })).body as Session;
}

export async function signOut(): Promise<void> {
  await send('DELETE', '/api/v1/session', { quiet: true });
  session.value = null;
  go('/sign-in');
}

onSignedOut.call = () => {
  if (session.value === null) return;
  session.value = null;
  const { path } = place.value;
  if (path !== '/sign-in') go(`/sign-in?next=${encodeURIComponent(path + location.search)}`, true);
};
