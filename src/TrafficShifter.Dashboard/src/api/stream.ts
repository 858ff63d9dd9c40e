import { type Message, SseReader } from './sse';
import { type Problem, onSignedOut } from './client';

/** A heartbeat comes every 5 s; nothing for this long means that the connection is lost, whatever the browser believes. */
const SILENCE = 12_000;
/** A tab that nobody sees gives its connection back: a browser has six for a server. */
const HIDDEN = 15_000;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;

export interface Listener {
  /** Everything after this is told from now on; what was before must be read anew. */
  readonly opened: (index: string) => void;
  readonly told: (message: Message) => void;
  /** Something came, if only a heartbeat. */
  readonly heard: () => void;
  /** @param retryIn Milliseconds until the next attempt. */
  readonly lost: (why: string, retryIn: number) => void;
}

/** Follows the server's events for as long as somebody looks, and resumes where it was cut. */
export class EventStream {
  #last: string | null = null;
  #abort: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #hiding: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #stopped = true;

  constructor(private readonly listener: Listener) {}

  start(): void {
    if (!this.#stopped) return;
    this.#stopped = false;
    document.addEventListener('visibilitychange', this.#seen);
    addEventListener('online', this.retryNow);
    void this.#run();
  }

  stop(): void {
    this.#stopped = true;
    document.removeEventListener('visibilitychange', this.#seen);
    removeEventListener('online', this.retryNow);
    this.#cut();
    this.#last = null;
  }

  readonly retryNow = (): void => {
    if (this.#stopped || this.#abort) return;
    this.#failures = 0;
    void this.#run();
  };

  readonly #seen = (): void => {
    clearTimeout(this.#hiding);
    if (document.visibilityState === 'hidden') this.#hiding = setTimeout(() => this.#cut(), HIDDEN);
    else this.retryNow();
  };

  #cut(): void {
    clearTimeout(this.#timer);
    this.#abort?.abort();
    this.#abort = null;
  }

  async #run(): Promise<void> {
    this.#cut();
    const abort = new AbortController();
    this.#abort = abort;
    try {
      await this.#read(abort);
      this.#again('the server ended the stream', abort);
    } catch (failed) {
      this.#again(failed instanceof Error ? failed.message : 'the connection broke', abort);
    }
  }

  async #read(abort: AbortController): Promise<void> {
    const silence = new Silence(() => abort.abort(new Error(`nothing was heard for ${SILENCE / 1000} s`)));
    try {
      const answer = await fetch('/api/v1/events', {
        headers: { Accept: 'text/event-stream', 'X-Shifter-Request': '1', ...(this.#last ? { 'Last-Event-ID': this.#last } : {}) },
        credentials: 'same-origin', cache: 'no-store', signal: abort.signal,
      });
      if (answer.status === 401) onSignedOut.call();
      if (!answer.ok || !answer.body) throw new Error(((await answer.json().catch(() => ({}))) as Partial<Problem>).detail ?? `status ${answer.status}`);
      let opened = this.#last !== null;
      if (opened) this.listener.opened(this.#last!);
      const reader = new SseReader((message) => {
        if (message.event === 'signed-out') return onSignedOut.call();
        this.#last = message.id ?? this.#last;
        if (!opened || message.event === 'gap') this.listener.opened(this.#last ?? '');
        opened = true;
        if (message.data && message.event === 'message') this.listener.told(message);
      });
      this.#failures = 0;
      for (const [source, decoder] = [answer.body.getReader(), new TextDecoder()]; ; ) {
        const { done, value } = await source.read();
        if (done) return;
        silence.broken();
        this.listener.heard();
        reader.feed(decoder.decode(value, { stream: true }));
      }
    } finally {
      silence.end();
    }
  }

  #again(why: string, of: AbortController): void {
    if (this.#stopped || this.#abort !== of) return;
    this.#abort = null;
    const most = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** this.#failures++);
    const pause = Math.max(100, Math.random() * most);
    this.listener.lost(why, pause);
    this.#timer = setTimeout(this.#tryAgain, pause);
  }

  readonly #tryAgain = (): void => {
    if (!this.#stopped && !this.#abort) void this.#run();
  };
}

class Silence {
  #timer: ReturnType<typeof setTimeout>;

  constructor(private readonly after: () => void) {
    this.#timer = setTimeout(after, SILENCE);
  }

  broken(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.after, SILENCE);
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
