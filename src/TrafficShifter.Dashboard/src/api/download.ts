import { ApiError, AwayError, type Options, readProblem, urlOf } from './client';

async function ask(path: string, options: Options, type: string): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(urlOf(path, options), { credentials: 'same-origin', headers: { Accept: type, 'X-Shifter-Request': '1' } });
  } catch {
    throw new AwayError('The server does not answer.');
  }
  if (!answer.ok) throw new ApiError(readProblem(await answer.text().catch(() => ''), answer.status));
  return answer;
}

/** What the API answers as plain text. Throws {@link ApiError} and {@link AwayError}. */
export const readText = async (path: string, options: Options): Promise<string> => (await ask(path, options, 'text/plain')).text();

/** Saves what the API answers as a file. Throws {@link ApiError} and {@link AwayError}. */
export async function download(path: string, query: NonNullable<Options['query']>, type: string, name: string): Promise<void> {
  const answer = await ask(path, { query }, type);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await answer.blob());
  link.download = name;
  link.click();
  // The browser has taken it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
