import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { describe } from '../api/client';

/** A second press that is the end of a double click does nothing. */
const DOUBLE = 300;

interface Props {
  readonly title: string;
  readonly verb: string;
  /** What will be, before anything is asked. */
  readonly children?: ComponentChildren;
  readonly danger?: boolean;
  readonly reason?: 'required' | 'optional' | 'none';
  readonly suggested?: string;
  readonly chips?: readonly string[];
  readonly ready?: boolean;
  /** What the other button says, before anything was done. */
  readonly cancel?: string;
  readonly send: (reason: string) => Promise<ComponentChildren | void>;
  readonly close: () => void;
}

/** Asks before something is done: titled by the verb and its object, its button repeats the verb. Esc cancels; focus goes back to where it came from. */
export function Panel({ title, verb, children, danger, reason = 'optional', suggested = '', chips = [], ready = true, cancel = 'Cancel', send, close }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const act = useRef<HTMLButtonElement>(null);
  const [settled, setSettled] = useState(false);
  const [why, setWhy] = useState(suggested);
  const [busy, setBusy] = useState(false);
  const [result, setResult] = useState<ComponentChildren>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const ids = { title: useId(), reason: useId() };

  useEffect(() => {
    const opener = document.activeElement;
    dialog.current?.showModal();
    (reason === 'required' ? dialog.current?.querySelector<HTMLElement>('input.reason') : act.current)?.focus();
    const settling = setTimeout(() => setSettled(true), DOUBLE);
    return () => {
      clearTimeout(settling);
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);

  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (busy || !settled) return;
    setBusy(true);
    setFailure(null);
    try {
      const done = await send(why.trim());
      if (done) setResult(done);
      else close();
    } catch (failed) {
      setFailure(describe(failed));
    }
    setBusy(false);
  };

  const missing = reason === 'required' && !why.trim();
  return (
    <dialog class="panel" ref={dialog} aria-labelledby={ids.title} onCancel={(e) => { e.preventDefault(); close(); }}>
      <form method="dialog" onSubmit={submit}>
        <h2 id={ids.title}>{title}</h2>
        {result ? <div role="alert">{result}</div> : children}
        {!result && reason !== 'none' && (
          <div class="field">
            <label for={ids.reason}>Why{reason === 'required' ? '' : ' (optional)'}</label>
            {chips.length > 0 && <div class="chips">{chips.map((chip) => <button type="button" class="chip" onClick={() => setWhy(chip)}>{chip}</button>)}</div>}
            <input id={ids.reason} class="reason" maxLength={500} value={why} onInput={(e) => setWhy(e.currentTarget.value)} autocomplete="off" />
          </div>
        )}
        {failure && <p class="failure" role="alert">{failure}</p>}
        <div class="buttons">
          {!result && <button ref={act} type="submit" class={danger ? 'primary danger' : 'primary'} disabled={busy || missing || !ready} aria-disabled={!settled}>{busy ? 'Sending…' : verb}</button>}
          <button type="button" onClick={close}>{result ? 'Close' : cancel}</button>
        </div>
        {missing && <p class="hint">A reason is needed.</p>}
      </form>
    </dialog>
  );
}
