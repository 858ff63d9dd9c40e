import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { NONE } from '../words';
import { type Box, type Point, bandOf, lineOf, markedOf, topOf, xOf, yOf } from './scale';

export interface Mark {
  readonly index: number;
  readonly kind: string;
  readonly sentence: string;
}

interface Props {
  readonly title: string;
  readonly blue?: readonly Point[];
  readonly green?: readonly Point[];
  /** One ink line in steps: what is asked. */
  readonly asked?: readonly Point[];
  /** Least and most that the nodes were read back with. */
  readonly band?: readonly [readonly Point[], readonly Point[]];
  readonly limit?: number | null;
  readonly least: number;
  readonly format: (value: number) => string;
  readonly marks: readonly Mark[];
  readonly cursor: number | null;
}

const MARKS_APART = 64;

function last(points: readonly Point[] | undefined): number | null {
  for (let i = (points?.length ?? 0) - 1; i >= 0; i--) if (points![i] !== null) return points![i] ?? null;
  return null;
}

/** Blue is a solid line, green a dashed one with triangles; a limit is dotted and says what it is. */
export function Chart({ title, blue = [], green = [], asked = [], band, limit = null, least, format, marks, cursor }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(600);
  useLayoutEffect(() => {
    const element = frame.current!;
    const measure = () => setWidth(Math.max(120, Math.floor(element.clientWidth)));
    const observer = new ResizeObserver(measure);
    // Before the first picture: a chart that is wider than a phone would let the page go sideways for a moment.
    measure();
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const box: Box = { width: width - 64, height: 110, top: 8, bottom: 4 };
  const all = [blue, green, asked, ...(band ?? [])];
  const count = Math.max(...all.map((s) => s.length), 0);
  const empty = all.every((s) => s.every((p) => p === null));
  const top = topOf(all, limit, least);
  const ends = [{ side: 'blue', value: last(blue) }, { side: 'green', value: last(green) }].filter((e) => e.value !== null) as { side: string; value: number }[];
  const labels = ends.map((e) => ({ ...e, y: yOf(e.value, top, box) }));
  if (labels.length === 2 && Math.abs(labels[0]!.y - labels[1]!.y) < 13) {
    const [upper, lower] = labels[0]!.y <= labels[1]!.y ? [labels[0]!, labels[1]!] : [labels[1]!, labels[0]!];
    const middle = Math.min(box.height - 10, Math.max(12, (upper.y + lower.y) / 2));
    [upper.y, lower.y] = [middle - 6.5, middle + 6.5];
  }
  return (
    <div class="chart" ref={frame}>
      <div class="chart-title">{title}<span class="axis">0–{format(top)}</span></div>
      <svg width={width} height={box.height} aria-hidden="true">
        <defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="hatch-ground" width="6" height="6" /><rect class="hatch-line" width="3" height="6" /></pattern></defs>
        <path class="axis-line" d={`M0 ${box.height - box.bottom}H${box.width}`} />
        {empty && <text class="no-data" x={box.width / 2} y={box.height / 2}>no data</text>}
        {band && <path class="band" d={bandOf(band[0], band[1], top, box)} />}
        {limit !== null && <><path class="limit" d={`M0 ${yOf(limit, top, box)}H${box.width}`} /><text class="limit-text" x="4" y={yOf(limit, top, box) - 4}>limit {format(limit)}</text></>}
        <path class="line asked" d={lineOf(asked, top, box, true)} />
        <path class="line blue" d={lineOf(blue, top, box)} />
        <path class="line green" d={lineOf(green, top, box)} />
        {markedOf(green, box, MARKS_APART).map((i) => <path key={i} class="tick green" d={`M${xOf(i, green.length, box)} ${yOf(green[i]!, top, box) - 4}l4 7h-8z`} />)}
        {marks.map((mark, i) => <path key={i} class={`event ${mark.kind}`} d={`M${xOf(mark.index, count, box)} ${box.top}V${box.height - box.bottom}`} />)}
        {cursor !== null && <path class="cursor" d={`M${xOf(cursor, count, box)} 0V${box.height}`} />}
        {labels.map((end) => (
          <g key={end.side} class={`end-label ${end.side}`}>
            {end.side === 'blue' ? <circle cx={box.width + 9} cy={end.y} r="4" /> : <path d={`M${box.width + 9} ${end.y - 4}l4.500 8h-9z`} />}
            <text x={box.width + 17} y={end.y + 4}>{format(end.value)}</text>
          </g>
        ))}
      </svg>
    </div>
  );
}

export const said = (value: Point | undefined, format: (value: number) => string): string => (value == null ? NONE : format(value));
