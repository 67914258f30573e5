import type { GeometryOf } from '../../../src-main/ipc/contract/shapes.ts';
import type { Point } from '../geometry/plane.ts';

export type Mask = GeometryOf<'mask'>;

// End of each run, counted from the first pixel of the rectangle.
const runEnds = new WeakMap<Mask, Float64Array>();

function endsOf(mask: Mask): Float64Array {
  const known = runEnds.get(mask);
  if (known !== undefined) return known;
  const ends = new Float64Array(mask.counts.length);
  let end = 0;
  mask.counts.forEach((count, i) => {
    end += count;
    ends[i] = end;
  });
  runEnds.set(mask, ends);
  return ends;
}

/** Whether the pixel that holds `point` belongs to the mask. */
export function isInMask(mask: Mask, point: Point): boolean {
  const column = Math.floor(point.x) - mask.x;
  const row = Math.floor(point.y) - mask.y;
  if (column < 0 || row < 0 || column >= mask.width || row >= mask.height) return false;
  const pixel = row * mask.width + column;
  const ends = endsOf(mask);
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const half = (low + high) >> 1;
    if ((ends[half] ?? Infinity) <= pixel) low = half + 1;
    else high = half;
  }
  return low % 2 === 1 && low < ends.length;
}

/**
 * Calls `visit` for each stretch of mask pixels in a row, columns from `start` to before `end`, in
 * picture coordinates and in order; a run over several rows comes in parts.
 */
export function forEachSpan(mask: Mask, visit: (row: number, start: number, end: number) => void) {
  const { x, y, width, height } = mask;
  const total = width * height;
  let at = 0;
  for (let i = 0; i < mask.counts.length && at < total; i++) {
    const stop = Math.min(total, at + (mask.counts[i] ?? 0));
    if (i % 2 === 0) {
      at = stop;
      continue;
    }
    while (at < stop) {
      const row = Math.floor(at / width);
      const end = Math.min(stop, (row + 1) * width);
      visit(y + row, x + at - row * width, x + end - row * width);
      at = end;
    }
  }
}

/** Builds the run lengths of a rectangle from spans that come in order. */
export class RunLengthWriter {
  readonly counts: number[] = [];
  readonly #width: number;
  readonly #total: number;
  #at = 0;
  #isInside = false;
  #run = 0;

  constructor(width: number, height: number) {
    this.#width = width;
    this.#total = width * height;
  }

  /** Columns from `start` to before `end` of `row`, all counted from the rectangle's corner. */
  span(row: number, start: number, end: number): void {
    this.#extend(row * this.#width + start, false);
    this.#extend(row * this.#width + end, true);
  }

  finish(): number[] {
    this.#extend(this.#total, false);
    if (this.#run > 0 || this.counts.length === 0) this.counts.push(this.#run);
    return this.counts;
  }

  #extend(to: number, isInside: boolean): void {
    const length = to - this.#at;
    if (length <= 0) return;
    if (isInside !== this.#isInside) {
      this.counts.push(this.#run);
      this.#run = 0;
      this.#isInside = isInside;
    }
    this.#run += length;
    this.#at = to;
  }
}
