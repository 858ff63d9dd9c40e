import { AwayError, type Options, send } from '../api/client';

/** A rollback may be asked for twice without harm, so it is, over a connection that fails. Milliseconds. */
const PERSISTENCE = 30_000;
const BETWEEN = 500;

export const pause = (ms: number): Promise<void> => new Promise((after) => setTimeout(after, ms));

/**
 * Sends what may be repeated until it is answered, for half a minute. An answer that refuses it is an answer.
 * @param trying Told each time that no answer came.
 */
export async function persist<T>(path: string, options: Options, trying: (why: string) => void): Promise<T> {
  for (const until = Date.now() + PERSISTENCE; ; await pause(BETWEEN)) {
    try {
      return (await send('POST', path, options)).body as T;
    } catch (failed) {
      if (!(failed instanceof AwayError) || Date.now() > until) throw failed;
      trying(failed.message);
    }
  }
}

/** Said while it is tried again: nobody has to wait for a page. */
export const Again = ({ why, path }: { why: string; path: string }) => (
  <p class="failure" role="alert">{why} It is tried again. The same by hand: <code>curl -X POST -H "Authorization: Bearer …" {location.origin}{path}</code></p>
);
