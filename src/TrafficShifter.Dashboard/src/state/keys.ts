import { signal } from '@preact/signals';
import { go, match, place } from './router';
import { keysOn } from './settings';

export const helpOpen = signal(false);

const PAGES: Readonly<Record<string, string>> = { f: '/', n: '/nodes', m: '/migrations', c: '/colours', h: '/history' };
let leading = false;

const isTyping = (target: EventTarget | null): boolean => target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
const tell = (name: string, detail?: number): boolean => dispatchEvent(new CustomEvent(`shifter:${name}`, { detail }));

/** Keys only go somewhere or open a panel; none changes anything. */
function onKey(event: KeyboardEvent): void {
  if (!keysOn.value || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector('dialog[open]')) return;
  const page = leading ? PAGES[event.key] : undefined;
  leading = event.key === 'g' && !leading;
  const acts: Readonly<Record<string, () => unknown>> = {
    '/': () => (match('/', place.value.path) ? tell('filter') : go('/')),
    '?': () => (helpOpen.value = true),
    '!': () => tell('rollback'),
    '[': () => tell('decision', -1),
    ']': () => tell('decision', 1),
    w: () => document.querySelector<HTMLButtonElement>('[data-act="shift"]')?.click(),
    a: () => document.querySelector<HTMLButtonElement>('[data-act="approve"]')?.click(),
  };
  const act = page ? () => go(page) : acts[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

export const startKeys = (): void => document.addEventListener('keydown', onKey);
