/** Marks that say by their shape what colour alone must not. The circle and the triangle are the sides' and nobody else's. */
const shapes = {
  blue: <circle cx="8" cy="8" r="6" />,
  green: <path d="M8 2l7 12H1z" />,
  passed: <path d="M2 8.5l4 4 8-9" fill="none" stroke="currentColor" stroke-width="2.2" />,
  failed: <path d="M3 3l10 10M13 3L3 13" fill="none" stroke="currentColor" stroke-width="2.2" />,
  insufficient: <path d="M5 5.5a3 3 0 1 1 4.2 2.8C8.2 8.8 8 9.3 8 10.2M8 12.6v1.6" fill="none" stroke="currentColor" stroke-width="2" />,
  error: <path d="M8 2v8M8 12.4v2" fill="none" stroke="currentColor" stroke-width="2.4" />,
  none: <path d="M3 8h10" stroke="currentColor" stroke-width="2" />,
  waiting: <path d="M4 14V7.5M6.5 14V3M9 14V2.5M11.5 14V4M4 14h8.5V9" fill="none" stroke="currentColor" stroke-width="1.7" />,
  rolledBack: <path d="M6 2.5L2.5 6 6 9.5M3 6h6.5a3.5 3.5 0 0 1 0 7H6" fill="none" stroke="currentColor" stroke-width="2" />,
  drift: <path d="M2 6h12M2 10.5h12M11 2L5 14" fill="none" stroke="currentColor" stroke-width="1.8" />,
  held: <path d="M4 2h8M4 14h8M5 2.5c0 4 6 7 6 11M11 2.5c0 4-6 7-6 11" fill="none" stroke="currentColor" stroke-width="1.6" />,
  locked: <path d="M3 7.5h10V14H3zM5 7.5V5a3 3 0 0 1 6 0v2.5" fill="none" stroke="currentColor" stroke-width="1.8" />,
  moving: <path d="M2.5 3l4.5 5-4.5 5M8.5 3L13 8l-4.5 5" fill="none" stroke="currentColor" stroke-width="2" />,
  quiet: <path d="M6.5 8h3" stroke="currentColor" stroke-width="2.4" />,
  advance: <path d="M2 8h11M9 4l4 4-4 4" fill="none" stroke="currentColor" stroke-width="2" />,
  promote: <path d="M8 1.8l1.9 4.2 4.6.4-3.5 3 1.1 4.5L8 11.5l-4.1 2.4L5 9.4l-3.5-3 4.6-.4z" />,
  pause: <path d="M5 3v10M11 3v10" stroke="currentColor" stroke-width="2.4" />,
  person: <path d="M3 13l1-3.5L11.5 2 14 4.500 6.500 12z" fill="none" stroke="currentColor" stroke-width="1.6" />,
  now: <rect x="3" y="3" width="10" height="10" />,
  later: <rect x="3.500" y="3.500" width="9" height="9" fill="none" stroke="currentColor" stroke-width="1.600" />,
} as const;

export type GlyphName = keyof typeof shapes;

/** @param label Said to those who do not see it; without one it is beside a word that says the same. */
export function Glyph({ name, label, kind }: { name: GlyphName; label?: string; kind?: string }) {
  return (
    <svg class={`glyph ${name === 'blue' || name === 'green' ? `side-${name}` : ''} ${kind ?? ''}`} viewBox="0 0 16 16" fill="currentColor" {...(label ? { role: 'img', 'aria-label': label } : { 'aria-hidden': 'true' })}>
      {shapes[name]}
    </svg>
  );
}

/** A side by its mark and its word. */
export const Side = ({ colour }: { colour: string }) => (
  <span class="side">
    <Glyph name={colour === 'green' ? 'green' : 'blue'} /> {colour}
  </span>
);

const decisions: Readonly<Record<string, GlyphName>> = {
  start: 'advance', advance: 'advance', hold: 'held', pause: 'pause', resume: 'moving', promote: 'promote', rollBack: 'rolledBack', ask: 'waiting', approve: 'passed', reject: 'failed', abort: 'rolledBack', finish: 'now',
  started: 'advance', running: 'moving', resumed: 'moving', paused: 'pause', stopped: 'error', waveBegan: 'moving', waveEnded: 'passed', gateReached: 'waiting', approved: 'passed', rejected: 'failed', aborted: 'rolledBack', done: 'passed',
};

export const decisionGlyph = (kind: string): GlyphName => decisions[kind] ?? 'quiet';
