import { nf4Blocks } from '../../src-main/tensor/quantized.ts';
import { floats } from './ops-inputs.ts';
import type { InputSpec } from './ops-inputs.ts';

/** Operands of a quantised matrix for op cases: any codes do, and scales as real weights have. */

export function nf4Inputs(rows: number, cols: number, twice = true): (InputSpec | null)[] {
  const { blocks, outerBlocks } = nf4Blocks(rows, cols);
  const codes = floats([Math.ceil((rows * cols) / 2)], {
    dtype: 'u8',
    values: (random) => random.below(256),
  });
  if (!twice) return [codes, positive([blocks]), null, null];
  const scales = floats([blocks], { dtype: 'u8', values: (random) => random.below(256) });
  return [codes, scales, positive([outerBlocks], 0.1), positive([1], 1)];
}

export function int8Inputs(rows: number, cols: number): (InputSpec | null)[] {
  const codes = floats([rows, cols], {
    dtype: 'i8',
    values: (random) => random.below(255) - 127,
  });
  return [codes, positive([rows]), null, null];
}

function positive(shape: readonly number[], size = 1): InputSpec {
  return floats(shape, { values: (random) => size * (0.5 + random.uniform(0, 1)), grad: false });
}
