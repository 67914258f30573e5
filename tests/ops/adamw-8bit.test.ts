import { expect, it } from 'vitest';
import { Random } from '../../src-main/base/random.ts';
import { adamw8bitInPlace, adamwInPlace, momentBlock } from '../../src-main/tensor/ops/index.ts';
import { Tensor } from '../../src-main/tensor/tensor.ts';
import { expectClose } from '../support/ops-compare.ts';
import { encode, rounded } from '../support/ops-dtypes.ts';
import { expectCode, onEachDevice, valuesOf, withoutLeak } from '../support/ops.ts';

const rates = { learningRate: 3e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: 0.1 };

/**
 * The dynamic map restated from arXiv:2110.02861: for each power of ten the middles of equal parts of
 * 0.1..1, as many as the bits of the exponent leave for the fraction; with 0 and 1.
 */
function dynamicMap(signed: boolean): number[] {
  const values = [0, 1];
  for (let exponent = 0; exponent < 7; exponent++) {
    const parts = 2 ** (signed ? exponent : exponent + 1);
    for (let part = 0; part < parts; part++) {
      const value = (0.1 + (0.9 * (part + 0.5)) / parts) * 10 ** (exponent - 6);
      values.push(value, ...(signed ? [-value] : []));
    }
  }
  return values.sort((a, b) => a - b);
}

const maps = { m: dynamicMap(true), v: dynamicMap(false) } as const;

interface Moments {
  readonly m: Tensor;
  readonly mScale: Tensor;
  readonly v: Tensor;
  readonly vScale: Tensor;
}

function zeroMoments(count: number): Moments & Disposable {
  const blocks = Math.ceil(count / momentBlock);
  const codes = (): Tensor =>
    Tensor.from(new Uint8Array(blocks * momentBlock), [blocks, momentBlock], 'u8');
  const all = {
    m: codes(),
    mScale: Tensor.zeros([blocks]),
    v: codes(),
    vScale: Tensor.zeros([blocks]),
  };
  return {
    ...all,
    [Symbol.dispose]: () => Object.values(all).forEach((tensor) => tensor.dispose()),
  };
}

interface Decoded {
  readonly values: Float64Array;
  readonly scales: Float64Array;
}

async function decoded(
  codes: Tensor,
  scale: Tensor,
  map: number[],
  count: number,
): Promise<Decoded> {
  const bytes = await valuesOf(codes);
  const scales = await valuesOf(scale);
  const values = Float64Array.from({ length: count }, (_, i) => {
    return (map[bytes[i] as number] as number) * (scales[Math.floor(i / momentBlock)] as number);
  });
  return { values, scales };
}

/** How far the nearest number of the map is from `value`. */
function distanceToMap(value: number, map: readonly number[]): number {
  let least = Infinity;
  for (const entry of map) least = Math.min(least, Math.abs(entry - value));
  return least;
}

/** Scales are the largest size of each block, and values the nearest that the map can say. */
function expectRounded(
  got: Decoded,
  exact: Float64Array,
  map: number[],
  isUnsigned: boolean,
): void {
  got.scales.forEach((scale, block) => {
    const part = exact.slice(block * momentBlock, (block + 1) * momentBlock);
    const largest = part.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    expect(Math.abs(scale - largest), `scale of block ${block}`).toBeLessThanOrEqual(
      2e-6 * largest,
    );
    if (largest === 0) return expect(got.values.slice(block * momentBlock)[0]).toBeCloseTo(0, 30);
    let excess = -Infinity;
    part.forEach((x, i) => {
      const value = got.values[block * momentBlock + i] as number;
      // A second moment that lives is never said to be 0.
      const least = map[1] as number;
      const isLifted = isUnsigned && x > 0 && x / largest < least;
      const near = isLifted ? least - x / largest : distanceToMap(x / largest, map);
      if (isLifted && value === 0) expect.fail(`value ${i} of block ${block} was rounded to 0`);
      excess = Math.max(excess, Math.abs(value - x) / largest - near);
    });
    expect(excess, `rounding in block ${block}`).toBeLessThan(3e-6);
  });
}

/** Gradients of many sizes within a block, so that the ends of the maps are met too. */
function gradients(count: number, step: number): Float64Array {
  const random = new Random(500 + step);
  return Float64Array.from({ length: count }, (_, i) => {
    if (i === 5 || i >= count - 3) return 0;
    return Math.fround(random.normal() * 10 ** -random.below(5));
  });
}

onEachDevice(() => {
  const cases = [
    { count: 1031, dtype: 'f32', clips: false },
    { count: 4096, dtype: 'f32', clips: true },
    { count: 777, dtype: 'bf16', clips: true },
    { count: 300, dtype: 'f16', clips: false },
    { count: 3, dtype: 'f32', clips: false },
  ] as const;
  for (const { count, dtype, clips } of cases) {
    it(`follows the formula and rounds to the maps: ${count} of ${dtype}`, () =>
      withoutLeak(async () => {
        const random = new Random(3);
        const start = Float64Array.from({ length: count }, () => random.normal());
        const held = rounded(start, dtype);
        using param = Tensor.from(encode(held, dtype), [count], dtype);
        using master = dtype === 'f32' ? null : Tensor.from(encode(held, 'f32'), [count]);
        using moments = zeroMoments(count);
        using half = clips ? Tensor.from([0.5], [1]) : null;
        for (let step = 1; step <= 6; step++) {
          // Each step begins at what the device has: rounding must not add up to a looser bound.
          const before = {
            m: (await decoded(moments.m, moments.mScale, maps.m, count)).values,
            v: (await decoded(moments.v, moments.vScale, maps.v, count)).values,
            param: await valuesOf(master ?? param),
          };
          const g = gradients(count, step).map((x) => (clips ? x * 0.5 : x));
          using grad = Tensor.from(encode(gradients(count, step), 'f32'), [count]);
          adamw8bitInPlace({ param, grad, ...moments, master, gradScale: half, ...rates, step });

          const m = before.m.map((x, i) => rates.beta1 * x + (1 - rates.beta1) * (g[i] as number));
          const v = before.v.map(
            (x, i) => rates.beta2 * x + (1 - rates.beta2) * (g[i] as number) ** 2,
          );
          const wanted = before.param.map((x, i) => {
            const mean = (m[i] as number) / (1 - rates.beta1 ** step);
            const root = Math.sqrt((v[i] as number) / (1 - rates.beta2 ** step));
            const kept = x * (1 - rates.learningRate * rates.weightDecay);
            return kept - (rates.learningRate * mean) / (root + rates.eps);
          });
          expectClose(await valuesOf(master ?? param), wanted, 1e-5, `parameter, step ${step}`);
          expectRounded(await decoded(moments.m, moments.mScale, maps.m, count), m, maps.m, false);
          expectRounded(await decoded(moments.v, moments.vScale, maps.v, count), v, maps.v, true);
        }
        if (master) {
          const exact = rounded(await valuesOf(master), dtype);
          expectClose(await valuesOf(param), exact, 0, 'rounded', { dtype });
        }
        const padding = (await valuesOf(moments.m)).slice(count);
        expect([...padding].every((byte) => byte === 0)).toBe(true);
      }));
  }

  it('takes the first step exactly as moments in f32 do', async () => {
    const values = gradients(600, 1);
    using grad = Tensor.from(encode(values, 'f32'), [600]);
    using a = Tensor.full([600], 0.25);
    using b = Tensor.full([600], 0.25);
    using moments = zeroMoments(600);
    using m = Tensor.zeros([600]);
    using v = Tensor.zeros([600]);
    const rest = { grad, master: null, gradScale: null, ...rates, step: 1 };
    adamw8bitInPlace({ param: a, ...moments, ...rest });
    adamwInPlace({ param: b, m, v, ...rest });
    expect([...(await a.readFloats())]).toEqual([...(await b.readFloats())]);
  });

  it('keeps a weight still whose neighbours have far larger gradients', async () => {
    // Its second moment is below the map's least number: rounded to 0, it would be divided by eps.
    const values = Float64Array.from({ length: 256 }, (_, i) => (i === 0 ? 2e-4 : 1));
    using grad = Tensor.from(encode(values, 'f32'), [256]);
    using none = Tensor.zeros([256]);
    using param = Tensor.zeros([256]);
    using moments = zeroMoments(256);
    const rest = { param, ...moments, master: null, gradScale: null, ...rates, weightDecay: 0 };
    for (let step = 1; step <= 4; step++) {
      adamw8bitInPlace({ ...rest, grad: step === 1 ? grad : none, step });
    }
    const moved = Math.abs((await param.readFloats())[0] as number);
    expect(moved).toBeLessThan(4 * rates.learningRate);
  });

  it('leaves weights that never had a gradient, and gradients too small for a scale', async () => {
    using param = Tensor.full([512], 1);
    using moments = zeroMoments(512);
    const tiny = new Float32Array(512).fill(1e-42, 256);
    using grad = Tensor.from(tiny, [512]);
    for (let step = 1; step <= 2; step++) {
      const rest = { master: null, gradScale: null, ...rates, weightDecay: 0, step };
      adamw8bitInPlace({ param, grad, ...moments, ...rest });
    }
    expect([...(await param.readFloats())].every((x) => Math.abs(x - 1) < 1e-6)).toBe(true);
    expect([...(await moments.mScale.readFloats())]).toEqual([0, 0]);
    expect([...(await moments.vScale.readFloats())]).toEqual([0, 0]);
  });

  it('takes an empty weight, and refuses half precision alone, other shapes and step 0', () => {
    using param = Tensor.zeros([300]);
    using half = Tensor.zeros([300], 'bf16');
    using empty = Tensor.zeros([0]);
    using moments = zeroMoments(300);
    using others = zeroMoments(600);
    using none = zeroMoments(0);
    const rest = { param, grad: param, ...moments, master: null, gradScale: null, ...rates };
    adamw8bitInPlace({ ...rest, ...none, param: empty, grad: empty, step: 1 });
    const refuse = (change: object, code: string): void =>
      expectCode(() => adamw8bitInPlace({ ...rest, step: 1, ...change }), code);
    refuse({ param: half }, 'tensor/missing-operand');
    refuse({ m: others.m }, 'tensor/shape-mismatch');
    refuse({ vScale: others.vScale }, 'tensor/shape-mismatch');
    refuse({ v: param }, 'tensor/shape-mismatch');
    refuse({ step: 0 }, 'tensor/bad-argument');
  });
});
