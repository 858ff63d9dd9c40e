import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Schemas } from '../api/client';
import { number, plural } from '../words';
import { Glyph, type GlyphName } from './glyph';

type Counts = Schemas['MoveCounts'];
type Move = Schemas['MoveAnswer'];

interface Kind {
  readonly word: string;
  readonly glyph: GlyphName;
  readonly kind?: string;
}

/** How far an application is, by the API's words. */
const MOVES: Readonly<Record<Move['phase'], Kind>> = {
  moved: { word: 'moved', glyph: 'passed' }, moving: { word: 'moving', glyph: 'moving' }, rolledBack: { word: 'rolled back', glyph: 'rolledBack', kind: 'bad' }, failed: { word: 'failed', glyph: 'failed', kind: 'bad' },
  notReady: { word: 'not ready', glyph: 'held', kind: 'waits' }, skipped: { word: 'left alone', glyph: 'none' }, waiting: { word: 'waiting', glyph: 'later' },
};

export const MOVE_PHASES = Object.keys(MOVES) as readonly Move['phase'][];
export const moveWord = (phase: Move['phase']): string => MOVES[phase].word;

export function MovePhase({ move }: { move: Move }) {
  const { word, glyph, kind } = MOVES[move.phase];
  return <><Glyph name={glyph} kind={kind ?? ''} /> {word}</>;
}

const WAVES: Readonly<Record<string, GlyphName>> = { ended: 'passed', moving: 'moving', gate: 'waiting', pausing: 'held', waiting: 'later' };
export const waveGlyph = (phase: string): GlyphName => WAVES[phase] ?? 'later';

/** In the order of the bar; each has a texture of its own. */
const PARTS = ['moved', 'skipped', 'rolledBack', 'failed', 'moving'] as const;

/** How many of all applications are how far: a bar for the eye, and the same in words. */
export function Progress({ counts }: { counts: Counts }) {
  const bar = useRef<HTMLSpanElement>(null);
  const all = counts.all ?? 0;
  useLayoutEffect(() => {
    for (const part of PARTS) bar.current?.style.setProperty(`--${part}`, `${all > 0 ? (counts[part] / all) * 100 : 0}%`);
  }, [counts, all]);
  const words = MOVE_PHASES.filter((phase) => counts[phase] > 0).map((phase) => `${number(counts[phase])} ${moveWord(phase)}`).join(', ');
  return (
    <span class="progress">
      <span class="track" ref={bar} role="img" aria-label={words || 'nothing yet'}>{PARTS.filter((part) => counts[part] > 0).map((part) => <span key={part} class={`part ${part}`} />)}</span>
      <span class="of">{number(counts.settled ?? 0)} of {plural(all, 'application')}</span>
    </span>
  );
}
