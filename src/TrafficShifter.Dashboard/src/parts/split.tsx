import { useLayoutEffect, useRef } from 'preact/hooks';
import { NONE, percentOf, share } from '../words';
import { Glyph } from './glyph';

/** How traffic is split: blue on the left and solid, green on the right and hatched, each with its mark and its number. */
export function Split({ green, observed, locked, small }: { green: string | null | undefined; observed?: string; locked?: boolean; small?: boolean }) {
  const bar = useRef<HTMLSpanElement>(null);
  const part = percentOf(green);
  useLayoutEffect(() => {
    if (part === null) return;
    // A side that has anything is seen, however little it is.
    const width = part === 0 ? 0 : part === 100 ? 100 : Math.min(98.5, Math.max(1.5, part));
    bar.current?.style.setProperty('--part', `${width}%`);
  }, [part]);
  if (part === null) return <span class="split unknown">no weights yet</span>;
  const blue = Math.round((100 - part) * 100) / 100;
  return (
    <span class={small ? 'split small' : 'split'} role="img" aria-label={`blue ${blue} %, green ${share(green)}${locked ? ', locked' : ''}${observed ? `, ${observed}` : ''}`}>
      <span class="end"><Glyph name="blue" />{blue}</span>
      <span class="bar" ref={bar}><span class="green" /></span>
      <span class="end">{part}<Glyph name="green" /></span>
      {locked && <Glyph name="locked" />}
    </span>
  );
}

/** The split in words, for titles. */
export const splitWords = (green: string | null | undefined): string => {
  const part = percentOf(green);
  return part === null ? NONE : `${Math.round((100 - part) * 100) / 100} % blue, ${part} % green`;
};
