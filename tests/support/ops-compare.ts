import { expect } from 'vitest';
import type { DType } from '../../src-main/tensor/dtype.ts';
import { mismatchOf } from './mismatch.ts';

export { magnitudeOf } from './mismatch.ts';

/** Relative error allowed to an f32 kernel, and to its gradients. */
export const f32Tolerance = 3e-6;
export const gradientTolerance = 3e-5;

/** That nothing is wrong; see mismatchOf. */
export function expectClose(
  got: Float64Array,
  want: Float64Array,
  tolerance: number,
  what: string,
  options: { dtype?: DType; least?: number; isComputed?: boolean } = {},
): void {
  const wrong = mismatchOf(got, want, tolerance, options);
  if (wrong !== null) expect.fail(`${what}: ${wrong}`);
}
