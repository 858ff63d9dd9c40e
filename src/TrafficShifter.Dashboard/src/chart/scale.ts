/** A value, or that there is none: a gap is drawn as a gap. */
export type Point = number | null;

/** What cannot be drawn is no point: NaN, infinities, texts, and what is missing. */
export const clean = (values: readonly unknown[] | null | undefined): Point[] => (values ?? []).map((v) => (typeof v === 'number' && Number.isFinite(v) ? v : null));

export interface Box {
  readonly width: number;
  readonly height: number;
  readonly top: number;
  readonly bottom: number;
}

/** Top of an axis: the largest of what is shown, and of 1.2 times the limit, rounded up to 1, 2 or 5. */
export function topOf(series: readonly (readonly Point[])[], limit: number | null, least: number): number {
  let most = Math.max(least, limit === null ? 0 : limit * 1.2);
  for (const points of series) for (const point of points) if (point !== null && point > most) most = point;
  const power = 10 ** Math.floor(Math.log10(most));
  const step = [1, 2, 5, 10].find((s) => s * power >= most * 0.999) ?? 10;
  return step * power;
}

const round = (value: number): number => Math.round(value * 10) / 10;

export const xOf = (index: number, count: number, box: Box): number => (count < 2 ? box.width : round((index / (count - 1)) * box.width));

export const yOf = (value: number, top: number, box: Box): number => round(box.height - box.bottom - (Math.min(Math.max(value, 0), top) / top) * (box.height - box.top - box.bottom));

/** A line through what there is; what is missing breaks it, and one point alone is a dash. */
export function lineOf(points: readonly Point[], top: number, box: Box, stepped = false): string {
  let path = '';
  let open = false;
  points.forEach((point, i) => {
    if (point === null) {
      open = false;
      return;
    }
    const [x, y] = [xOf(i, points.length, box), yOf(point, top, box)];
    const alone = !open && (points[i + 1] ?? null) === null;
    path += open ? (stepped ? `H${x}V${y}` : `L${x} ${y}`) : `M${x} ${y}${alone ? 'h1.5' : ''}`;
    open = true;
  });
  return path;
}

/** What lies between two lines, in one piece for each stretch without a gap. */
export function bandOf(low: readonly Point[], high: readonly Point[], top: number, box: Box): string {
  let path = '';
  let from = -1;
  for (let i = 0; i <= low.length; i++) {
    const there = i < low.length && low[i] != null && high[i] != null;
    if (there && from < 0) from = i;
    if (there || from < 0) continue;
    const at = Array.from({ length: i - from }, (_, k) => from + k);
    path += `M${at.map((k) => `${xOf(k, low.length, box)} ${yOf(high[k]!, top, box)}`).join('L')}L${at.reverse().map((k) => `${xOf(k, low.length, box)} ${yOf(low[k]!, top, box)}`).join('L')}Z`;
    from = -1;
  }
  return path;
}

/** Indexes of points that carry a mark: the last one, and about every so many pixels before it. */
export function markedOf(points: readonly Point[], box: Box, apart: number): number[] {
  const each = Math.max(1, Math.round((apart / Math.max(1, box.width)) * (points.length - 1)));
  const marked: number[] = [];
  for (let i = points.length - 1, next = i; i >= 0; i--) {
    if (i > next || points[i] === null || points[i] === undefined) continue;
    marked.push(i);
    next = i - each;
  }
  return marked;
}
