/** Numbers of a kernel beside those that it should have given; without the test runner. */
import type { DType } from '../../src-main/tensor/dtype.ts';
import { contiguous } from '../../src-main/tensor/ops/index.ts';
import type { Tensor } from '../../src-main/tensor/tensor.ts';
import { decode, rounded } from './ops-dtypes.ts';

/** Root mean square: the size of what was added up to make a tensor's elements. */
export function magnitudeOf(values: Float64Array): number {
  const finite = values.filter(Number.isFinite);
  return Math.sqrt(finite.reduce((sum, x) => sum + x * x, 0) / Math.max(1, finite.length));
}

/** The numbers in a tensor of any dtype and layout. */
export async function valuesOf(tensor: Tensor): Promise<Float64Array> {
  if (tensor.isContiguous) return decode(await tensor.read(), tensor.dtype);
  using copy = contiguous(tensor);
  return decode(await copy.read(), copy.dtype);
}

interface Comparison {
  readonly dtype?: DType;
  /** A magnitude that is known otherwise, for when all terms cancel. */
  readonly least?: number;
  /**
   * Whether results of 16 bits are computed before they are rounded: then each is the rounding of some
   * number within the tolerance, so that beside a tie either neighbour is right. Default false.
   */
  readonly isComputed?: boolean;
}

/**
 * What is wrong, in words; null when nothing is. Every element within
 * tolerance · (its own size + the tensor's magnitude): an element may be small
 * because large terms cancelled. 16-bit and integer results must be the
 * rounding itself.
 */
export function mismatchOf(
  got: Float64Array,
  want: Float64Array,
  tolerance: number,
  { dtype = 'f32', least = 0, isComputed = false }: Comparison = {},
): string | null {
  if (got.length !== want.length) return `${got.length} elements rather than ${want.length}`;
  const floor = Math.max(least, magnitudeOf(want));
  const slack = dtype === 'f32' || isComputed ? tolerance : 0;
  const bound = (sign: number): Float64Array => {
    const moved = want.map((x) => x + sign * slack * (Math.abs(x) + floor));
    return dtype === 'f32' ? moved : rounded(moved, dtype);
  };
  const [lowest, highest] = [bound(-1), bound(1)];
  let worst = { i: -1, excess: 0 };
  for (let i = 0; i < got.length; i++) {
    const [a, b] = [got[i] as number, want[i] as number];
    if (Object.is(a, b) || a === b) continue;
    const distance = Math.max((lowest[i] as number) - a, a - (highest[i] as number));
    const excess = Number.isNaN(distance) ? Infinity : distance;
    if (excess > worst.excess) worst = { i, excess };
  }
  const { i } = worst;
  return i < 0 ? null : `element ${i} of ${got.length} is ${got[i]}, the oracle says ${want[i]}`;
}
