import { expect, it } from 'vitest';
import { Random } from '../../src-main/base/random.ts';
import {
  adamwInPlace,
  clipCoefficientInto,
  slice,
  sumSquaresInto,
} from '../../src-main/tensor/ops/index.ts';
import { Tensor } from '../../src-main/tensor/tensor.ts';
import { expectClose } from '../support/ops-compare.ts';
import { encode, rounded } from '../support/ops-dtypes.ts';
import { expectCode, onEachDevice, valuesOf, withoutLeak } from '../support/ops.ts';

interface Settings {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
}

const settings: Settings = {
  learningRate: 3e-3,
  beta1: 0.9,
  beta2: 0.999,
  eps: 1e-8,
  weightDecay: 0.1,
};

interface State {
  readonly param: Float64Array;
  readonly m: Float64Array;
  readonly v: Float64Array;
}

/** AdamW restated in float64, as its paper has it. */
function restated(
  state: State,
  grad: Float64Array,
  gradScale: number,
  step: number,
  s: Settings,
): void {
  const { param, m, v } = state;
  for (let i = 0; i < param.length; i++) {
    const g = (grad[i] as number) * gradScale;
    m[i] = s.beta1 * (m[i] as number) + (1 - s.beta1) * g;
    v[i] = s.beta2 * (v[i] as number) + (1 - s.beta2) * g * g;
    const mean = (m[i] as number) / (1 - s.beta1 ** step);
    const square = (v[i] as number) / (1 - s.beta2 ** step);
    const decayed = (param[i] as number) * (1 - s.learningRate * s.weightDecay);
    param[i] = decayed - (s.learningRate * mean) / (Math.sqrt(square) + s.eps);
  }
}

const count = 1031;
const steps = 8;

function gradients(step: number): Float64Array {
  const random = new Random(100 + step);
  const size = 10 ** (step % 3) / 10;
  return Float64Array.from({ length: count }, (_, i) =>
    i === 5 ? 0 : Math.fround(size * random.normal()),
  );
}

onEachDevice(() => {
  for (const dtype of ['f32', 'bf16', 'f16'] as const) {
    for (const clip of [null, 0.5]) {
      it(`follows the formula in ${dtype}${clip === null ? '' : ', clipped'}`, () =>
        withoutLeak(async () => {
          const random = new Random(3);
          const start = rounded(
            Float64Array.from({ length: count }, () => random.normal()),
            dtype,
          );
          const state = { param: start.slice(), m: start.map(() => 0), v: start.map(() => 0) };
          using param = Tensor.from(encode(start, dtype), [count], dtype);
          using master = dtype === 'f32' ? null : Tensor.from(encode(start, 'f32'), [count]);
          using m = Tensor.zeros([count]);
          using v = Tensor.zeros([count]);
          using squares = Tensor.zeros([3]);
          using clipping = Tensor.zeros([2]);
          using coefficient = slice(clipping, 0, 1, 2);
          for (let step = 1; step <= steps; step++) {
            const values = gradients(step);
            using grad = Tensor.from(encode(values, 'f32'), [count]);
            sumSquaresInto(grad, squares, 1);
            clipCoefficientInto(squares, clipping, clip ?? 0);
            const norm = Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));
            const scale = clip === null ? 1 : Math.min(1, clip / (norm + 1e-6));
            const gradScale = clip === null ? null : coefficient;
            adamwInPlace({ param, grad, m, v, master, gradScale, ...settings, step });
            restated(state, values, scale, step, settings);
            const got = await clipping.readFloats();
            expectClose(Float64Array.from(got), Float64Array.of(norm, scale), 1e-6, 'clipping');
          }
          expectClose(await valuesOf(m), state.m, 1e-6, 'm');
          expectClose(await valuesOf(v), state.v, 1e-6, 'v');
          expectClose(await valuesOf(master ?? param), state.param, 1e-6, 'parameter');
          if (master) {
            const exact = rounded(await valuesOf(master), dtype);
            expectClose(await valuesOf(param), exact, 0, 'rounded', { dtype });
          }
        }));
    }
  }

  it('puts the squares of each tensor in its slot', async () => {
    using squares = Tensor.full([3], -1);
    using x = Tensor.full([100_003], 0.5, 'bf16');
    using empty = Tensor.empty([0]);
    sumSquaresInto(x, squares, 0);
    sumSquaresInto(empty, squares, 2);
    expect([...(await squares.readFloats())]).toEqual([Math.fround(100_003 / 4), -1, 0]);
    expectCode(() => sumSquaresInto(x, squares, 3), 'tensor/bad-argument');
    expectCode(() => sumSquaresInto(x, squares, -1), 'tensor/bad-argument');
  });

  it('clips nothing that is small enough', async () => {
    using squares = Tensor.from([9, 16], [2]);
    using out = Tensor.empty([2]);
    for (const [limit, want] of [
      [6, 1],
      [0, 1],
      [-1, 1],
      [2.5, 0.5],
    ] as const) {
      clipCoefficientInto(squares, out, limit);
      const [norm, coefficient] = await out.readFloats();
      expect(norm).toBe(5);
      expect(coefficient).toBeCloseTo(want, 6);
    }
  });

  it('refuses half precision without a master, other shapes and step 0', () => {
    using half = Tensor.zeros([4], 'bf16');
    using full = Tensor.zeros([4]);
    using other = Tensor.zeros([5]);
    const rest = { grad: full, m: full, v: full, master: null, gradScale: null, ...settings };
    expectCode(() => adamwInPlace({ ...rest, param: half, step: 1 }), 'tensor/missing-operand');
    expectCode(() => adamwInPlace({ ...rest, param: other, step: 1 }), 'tensor/shape-mismatch');
    expectCode(() => adamwInPlace({ ...rest, param: full, step: 0 }), 'tensor/bad-argument');
  });
});
