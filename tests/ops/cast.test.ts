import { expect, it } from 'vitest';
import { cast } from '../../src-main/tensor/ops/index.ts';
import { Tensor } from '../../src-main/tensor/tensor.ts';
import { encode } from '../support/ops-dtypes.ts';
import { floats, onEachDevice, opCase, opRefuses } from '../support/ops.ts';
import type { InputSpec } from '../support/ops.ts';

const op = 'cast';
const float = ['f32', 'bf16', 'f16'] as const;

onEachDevice(() => {
  for (const from of float) {
    for (const dtype of float) {
      const inputs = [floats([7, 35], { dtype: from })];
      opCase({ op, title: `${from} to ${dtype}`, inputs, attrs: { dtype } });
      const turned = [floats([7, 5, 3], { dtype: from, layout: 'transposed' })];
      opCase({ op, title: `${from} to ${dtype}, transposed`, inputs: turned, attrs: { dtype } });
    }
    const rows = [floats([9, 6, 5], { dtype: from, layout: 'rows' })];
    opCase({ op, title: `${from} slices to f32`, inputs: rows, attrs: { dtype: 'f32' } });
  }
  opCase({
    op,
    title: 'i32 to itself',
    inputs: [
      { shape: [4, 3], dtype: 'i32', values: (r) => r.below(99) - 50, layout: 'transposed' },
    ],
    attrs: { dtype: 'i32' },
  });
  opCase({
    op,
    title: 'u8 to f32',
    inputs: [{ shape: [300], dtype: 'u8', values: (r) => r.below(256) }],
    attrs: { dtype: 'f32' },
  });
  const signed = (layout: 'transposed' | 'contiguous'): InputSpec => ({
    shape: [13, 7],
    dtype: 'i8',
    values: (random) => random.below(256) - 128,
    layout,
  });
  opCase({ op, title: 'i8 to f32', inputs: [signed('contiguous')], attrs: { dtype: 'f32' } });
  opCase({ op, title: 'i8 to itself', inputs: [signed('transposed')], attrs: { dtype: 'i8' } });
  opCase({
    op,
    title: 'i32 to f32',
    inputs: [{ shape: [300], dtype: 'i32', values: (r) => r.below(2e6) - 1e6 }],
    attrs: { dtype: 'f32' },
  });
  opCase({ op, title: 'nothing', inputs: [floats([0, 3])], attrs: { dtype: 'bf16' } });
  opCase({ op, title: 'a scalar', inputs: [floats([])], attrs: { dtype: 'f16' } });
  opRefuses(
    'floats to i32',
    { op, inputs: [floats([2])], attrs: { dtype: 'i32' } },
    'tensor/dtype-mismatch',
  );

  it('rounds ties to even and keeps what has no rounding', async () => {
    const values = [
      1 + 2 ** -8,
      1 + 3 * 2 ** -8,
      1 + 2 ** -11,
      1 + 3 * 2 ** -11,
      65520,
      65519.99,
      1e30,
      2 ** -25,
      3 * 2 ** -25,
      -1e-9,
      Infinity,
      -Infinity,
      0,
      -0,
    ];
    using x = Tensor.from(values, [values.length]);
    for (const dtype of ['bf16', 'f16'] as const) {
      using y = cast(x, dtype);
      expect([...(await y.read())]).toEqual([...encode(Float32Array.from(values), dtype)]);
    }
    using nan = Tensor.from([NaN], [1]);
    for (const dtype of ['bf16', 'f16'] as const) {
      using narrow = cast(nan, dtype);
      using wide = cast(narrow, 'f32');
      expect(await wide.item()).toBeNaN();
    }
  });
});
