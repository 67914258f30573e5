import { expect } from 'vitest';
import type { DType } from '../../src-main/tensor/dtype.ts';
import { rounded } from './ops-dtypes.ts';

/** Relative error allowed to an f32 kernel, and to its gradients. */
export const f32Tolerance = 3e-6;
export const gradientTolerance = 3e-5;

/** Root mean square: the size of what was added up to make a tensor's elements. */
export function magnitudeOf(values: Float64Array): number {
  const finite = values.filter(Number.isFinite);
  return Math.sqrt(finite.reduce((sum, x) => sum + x * x, 0) / Math.max(1, finite.length));
}

/**
 * Every element within tolerance · (its own size + the tensor's magnitude):
 * an element may be small because large terms cancelled. 16-bit and integer
 * results must be the rounding itself.
 * @param least a magnitude that is known otherwise, for when all terms cancel
 */
export function expectClose(
  got: Float64Array,
  want: Float64Array,
  tolerance: number,
  what: string,
  { dtype = 'f32', least = 0 }: { dtype?: DType; least?: number } = {},
): void {
  expect(got.length, `${what}: number of elements`).toBe(want.length);
  const goal = dtype === 'f32' ? want : rounded(want, dtype);
  const floor = Math.max(least, magnitudeOf(goal));
  let worst = { i: -1, excess: 0 };
  for (let i = 0; i < got.length; i++) {
    const [a, b] = [got[i] as number, goal[i] as number];
    if (Object.is(a, b) || a === b) continue;
    const allowed = dtype === 'f32' ? tolerance * (Math.abs(b) + floor) : 0;
    const distance = Math.abs(a - b);
    const excess = Number.isNaN(distance) ? Infinity : distance - allowed;
    if (excess > worst.excess) worst = { i, excess };
  }
  if (worst.i < 0) return;
  const { i } = worst;
  expect.fail(`${what}: element ${i} of ${got.length} is ${got[i]}, the oracle says ${goal[i]}`);
}
