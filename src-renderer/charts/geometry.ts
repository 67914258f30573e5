export interface Scale {
  readonly domain: readonly [number, number];
  readonly range: readonly [number, number];
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The place of `value` in pixels; the middle of the range where the domain is a single value. */
export function place({ domain: [d0, d1], range: [r0, r1] }: Scale, value: number): number {
  return d1 === d0 ? (r0 + r1) / 2 : r0 + ((value - d0) / (d1 - d0)) * (r1 - r0);
}

/** The value at `pixel`: the inverse of `place`. */
export function valueAt({ domain: [d0, d1], range: [r0, r1] }: Scale, pixel: number): number {
  return r1 === r0 ? d0 : d0 + ((pixel - r0) / (r1 - r0)) * (d1 - d0);
}

/** Smallest and largest finite value of all lists, or undefined where there is none. */
export function extent(lists: readonly (readonly number[])[]): [number, number] | undefined {
  let low = Infinity;
  let high = -Infinity;
  for (const list of lists) {
    for (const value of list) {
      if (!Number.isFinite(value)) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low <= high ? [low, high] : undefined;
}

/** Multiples of 1, 2 or 5 times a power of ten inside [low, high]: about `count` of them. */
export function ticks(low: number, high: number, count: number): number[] {
  if (!(high > low) || !Number.isFinite(high - low)) return [low];
  const rough = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10) * power;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
}

/**
 * The points of a curve, at most four a pixel column: the first, lowest, highest and last in it, so
 * that a peak one step wide stays visible in a long run. A value that is not finite ends a piece.
 */
export function thinned(
  xs: readonly number[],
  ys: readonly number[],
  x: Scale,
  y: Scale,
): readonly (readonly Point[])[] {
  const pieces: Point[][] = [];
  let piece: Point[] = [];
  let column: Point[] = [];
  const endColumn = (): void => {
    piece.push(...columnPoints(column));
    column = [];
  };
  const endPiece = (): void => {
    endColumn();
    if (piece.length > 0) pieces.push(piece);
    piece = [];
  };
  for (let i = 0; i < xs.length; i++) {
    const value = ys[i] ?? NaN;
    if (!Number.isFinite(value)) {
      endPiece();
      continue;
    }
    const point = { x: place(x, xs[i] ?? NaN), y: place(y, value) };
    const before = column[0];
    if (before !== undefined && Math.floor(before.x) !== Math.floor(point.x)) endColumn();
    column.push(point);
  }
  endPiece();
  return pieces;
}

function columnPoints(column: readonly Point[]): readonly Point[] {
  if (column.length <= 4) return column;
  let low = 0;
  let high = 0;
  column.forEach((point, i) => {
    if (point.y < (column[low]?.y ?? 0)) low = i;
    if (point.y > (column[high]?.y ?? 0)) high = i;
  });
  const kept = [...new Set([0, low, high, column.length - 1])].sort((a, b) => a - b);
  return kept.flatMap((i) => column[i] ?? []);
}

/** SVG path data of the pieces; a piece of one point is a dot (drawn with round caps). */
export function pathData(pieces: readonly (readonly Point[])[]): string {
  const at = ({ x, y }: Point): string => `${Number(x.toFixed(1))} ${Number(y.toFixed(1))}`;
  return pieces
    .map((piece) => {
      const [first, ...rest] = piece.map(at);
      return first === undefined ? '' : `M${first}L${(rest.length > 0 ? rest : [first]).join('L')}`;
    })
    .join('');
}

/** The index in increasing `xs` of the value nearest to `x`; the earlier of two; -1 if empty. */
export function nearest(xs: readonly number[], x: number): number {
  let low = 0;
  let high = xs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((xs[middle] ?? 0) < x) low = middle + 1;
    else high = middle;
  }
  const before = xs[low - 1];
  const after = xs[low];
  if (after === undefined) return xs.length - 1;
  return before !== undefined && x - before <= after - x ? low - 1 : low;
}

/**
 * Exponential moving average with the start's bias taken out (Kingma & Ba 2015, section 3):
 * m_t = beta m_{t-1} + (1 - beta) y_t, drawn as m_t / (1 - beta^t). NaN stays NaN and counts not.
 */
export function smoothed(ys: readonly number[], beta: number): number[] {
  let mean = 0;
  let remaining = 1;
  return ys.map((y) => {
    if (!Number.isFinite(y)) return NaN;
    mean = beta * mean + (1 - beta) * y;
    remaining *= beta;
    return mean / (1 - remaining);
  });
}
