/** Curves with steps of their own, as uPlot wants them: one list of steps, and a value or a gap for each. */
import { smoothed } from './smoothed.ts';

/** A curve; its look is a colour and, as the second cue, a dash (ui/series.css). */
export interface Curve {
  readonly id: string;
  readonly name: string;
  /** 0 … 7 */
  readonly look: number;
  /** Strictly increasing. */
  readonly xs: readonly number[];
  /** NaN where nothing is known. */
  readonly ys: readonly number[];
  /** Points at steps of their own: evaluations between the steps of training. */
  readonly isDots?: boolean;
}

/** What is drawn of a curve: as it is or, above a smoothing of 0, faintly behind its average. */
export interface Drawn {
  readonly curve: Curve;
  readonly kind: 'line' | 'faint' | 'dots';
  readonly ys: readonly number[];
}

export function drawnOf(curves: readonly Curve[], smoothing: number): Drawn[] {
  return curves.flatMap((curve): Drawn[] => {
    if (curve.isDots === true) return [{ curve, kind: 'dots', ys: curve.ys }];
    if (smoothing <= 0) return [{ curve, kind: 'line', ys: curve.ys }];
    return [
      { curve, kind: 'faint', ys: curve.ys },
      { curve, kind: 'line', ys: smoothed(curve.ys, smoothing) },
    ];
  });
}

/** Values by the steps of all: undefined where a curve has no such step, null where it has a gap. */
export type Aligned = [number[], ...(number | null | undefined)[][]];

export function aligned(drawn: readonly Drawn[]): Aligned {
  const xs = [...new Set(drawn.flatMap(({ curve }) => curve.xs))].sort((a, b) => a - b);
  const places = new Map(xs.map((x, at) => [x, at]));
  const columns = drawn.map(({ curve, ys }) => {
    const column: (number | null | undefined)[] = Array.from({ length: xs.length });
    curve.xs.forEach((x, i) => {
      const y = ys[i] ?? NaN;
      column[places.get(x) ?? 0] = Number.isFinite(y) ? y : null;
    });
    return column;
  });
  return [xs, ...columns];
}

/** The last value of a curve at or before a step. */
export function valueAt({ xs, ys }: Pick<Curve, 'xs' | 'ys'>, x: number): number | undefined {
  let low = 0;
  let high = xs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((xs[middle] ?? 0) <= x) low = middle + 1;
    else high = middle;
  }
  const value = ys[low - 1];
  return value === undefined || Number.isNaN(value) ? undefined : value;
}
