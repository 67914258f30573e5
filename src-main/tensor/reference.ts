import { numelOf } from './tensor.ts';
import type { Shape } from './tensor.ts';

/**
 * An array in float64 for the composed form of an op: slow, plain, and the
 * oracle that kernels and gradients are measured against.
 */
export interface Reference {
  readonly shape: Shape;
  readonly data: Float64Array;
}

export function reference(shape: Shape, data?: Float64Array): Reference {
  return { shape, data: data ?? new Float64Array(numelOf(shape)) };
}

/** A new array of `shape`, each element from its flat index. */
export function generate(shape: Shape, value: (index: number) => number): Reference {
  const result = reference(shape);
  for (let i = 0; i < result.data.length; i++) result.data[i] = value(i);
  return result;
}

export function mapReference(x: Reference, f: (value: number, index: number) => number): Reference {
  return generate(x.shape, (i) => f(at(x, i), i));
}

/** Element by flat index. */
export function at(x: Reference, index: number): number {
  const value = x.data[index];
  if (value === undefined) throw new RangeError(`index ${index} of [${x.shape.join(', ')}]`);
  return value;
}

/** Rows and columns of an array folded to two axes at the last one. */
export function foldRows(x: { readonly shape: Shape }): { rows: number; columns: number } {
  const columns = x.shape.at(-1) ?? 1;
  return { rows: numelOf(x.shape.slice(0, -1)), columns };
}

/** Multi-index of a flat index. */
export function unravel(index: number, shape: Shape): number[] {
  const result = new Array<number>(shape.length);
  let rest = index;
  for (let i = shape.length - 1; i >= 0; i--) {
    const size = shape[i] as number;
    result[i] = rest % size;
    rest = Math.floor(rest / size);
  }
  return result;
}

export function ravel(indices: readonly number[], shape: Shape): number {
  return indices.reduce((flat, i, axis) => flat * (shape[axis] as number) + i, 0);
}

/** Standard logistic function. */
export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/**
 * Error function in double precision: the Maclaurin series for |x| < 3, the
 * continued fraction of erfc (Lentz's method) beyond.
 * @source Abramowitz and Stegun 7.1.5 and 7.1.14
 */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a < 3) {
    let term = x;
    let sum = x;
    for (let n = 1; n < 200; n++) {
      term *= (-x * x) / n;
      const next = sum + term / (2 * n + 1);
      if (next === sum) break;
      sum = next;
    }
    return (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = a;
  for (let n = 60; n >= 1; n--) fraction = a + n / 2 / fraction;
  return Math.sign(x) * (1 - Math.exp(-a * a) / (fraction * Math.sqrt(Math.PI)));
}
