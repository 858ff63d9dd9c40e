import { signal } from '@preact/signals';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];

/** What the API answers when it does not do what was asked: RFC 9457. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly current?: unknown;
}

/** An answer that is a problem. */
export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail || problem.title);
  }
}

/** No answer came: the connection is the trouble, not the request. */
export class AwayError extends Error {}

type Json<P, M extends string> = P extends Record<M, { responses: { 200: { content: { 'application/json': infer T } } } }> ? T : never;
export type Got<P extends keyof paths> = Json<paths[P], 'get'>;

/** How old the last answer said it was, in seconds, and when that was; null when it was from just now. */
export const sourceAge = signal<{ readonly seconds: number; readonly at: number } | null>(null);

/** Called once when the API says that nobody is signed in. */
export const onSignedOut: { call: () => void } = { call: () => undefined };

export interface Options {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** A 401 is an answer like any other: for signing in. */
  readonly quiet?: boolean;
}

export function urlOf(path: string, options: Options): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(options.params?.[name] ?? ''));
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(options.query ?? {})) {
    for (const each of typeof value === 'string' ? [value] : (value ?? [])) query.append(name, each);
  }
  return query.size > 0 ? `${filled}?${query}` : filled;
}

/** Sends one request and gives what came. Throws {@link ApiError} and {@link AwayError}. */
export async function send(method: string, path: string, options: Options = {}): Promise<{ readonly status: number; readonly etag: string | null; readonly body: unknown }> {
  let answer: Response;
  try {
    answer = await fetch(urlOf(path, options), {
      method,
      credentials: 'same-origin',
      headers: { 'X-Shifter-Request': '1', Accept: 'application/json', ...(options.body === undefined ? {} : { 'Content-Type': 'application/json' }), ...options.headers },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      ...(options.signal ? { signal: options.signal } : {}),
    });
  } catch (failed) {
    if (options.signal?.aborted) throw failed;
    throw new AwayError('The server does not answer.');
  }
  const text = await answer.text().catch(() => '');
  if (answer.ok || answer.status === 304) {
    const age = answer.headers.get('Age');
    if (method === 'GET') sourceAge.value = age === null ? null : { seconds: Number(age), at: Date.now() };
    return { status: answer.status, etag: answer.headers.get('ETag'), body: text ? JSON.parse(text) : null };
  }
  if (answer.status === 401 && !options.quiet) onSignedOut.call();
  throw new ApiError(readProblem(text, answer.status));
}

export async function get<P extends keyof paths>(path: P, options: Options = {}): Promise<Got<P>> {
  return (await send('GET', path as string, options)).body as Got<P>;
}

export function readProblem(text: string, status: number): Problem {
  try {
    const read = JSON.parse(text) as Partial<Problem>;
    return { type: read.type ?? '', title: read.title ?? `Status ${status}`, status, detail: read.detail ?? '', current: read.current };
  } catch {
    return { type: '', title: `Status ${status}`, status, detail: `The server answered with status ${status}.` };
  }
}

/** The error in words. */
export const describe = (error: unknown): string => (error instanceof Error ? error.message : String(error));
