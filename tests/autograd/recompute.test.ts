import { describe, expect, it } from 'vitest';
import { recompute } from '../../src-main/autograd/recompute.ts';
import { Tape } from '../../src-main/autograd/tape.ts';
import { dropoutContext, withDropout } from '../../src-main/nn/dropout-context.ts';
import { Random } from '../../src-main/base/random.ts';
import { memoryStats } from '../../src-main/tensor/device.ts';
import {
  activation,
  add,
  attention,
  dropout,
  linear,
  max,
  mul,
  reshape,
  rmsNorm,
  swiglu,
} from '../../src-main/tensor/ops/index.ts';
import { scoped } from '../../src-main/tensor/scope.ts';
import { Tensor } from '../../src-main/tensor/tensor.ts';
import { expectCode, onEachDevice, withoutLeak } from '../support/ops.ts';

const [rows, size] = [6, 16];

function normal(shape: readonly number[], seed: number): Tensor {
  const random = new Random(seed);
  const count = shape.reduce((a, b) => a * b, 1);
  return Tensor.from(
    Float32Array.from({ length: count }, () => 0.3 * random.normal()),
    shape,
  );
}

interface Block {
  readonly weights: readonly Tensor[];
  forward(x: Tensor): Tensor;
}

/** A layer in small: norm, attention, dropout, gated unit. */
function makeBlock(seed: number, offsets: Tensor): Block {
  const gain = normal([size], seed);
  const [q, k, v, gate, up] = [1, 2, 3, 4, 5].map((i) => normal([size, size], seed + i)) as [
    Tensor,
    Tensor,
    Tensor,
    Tensor,
    Tensor,
  ];
  const weights = [gain, q, k, v, gate, up];
  for (const weight of weights) weight.requiresGrad = true;
  const heads = (x: Tensor): Tensor => reshape(x, [rows, 2, size / 2]);
  const forward = (x: Tensor): Tensor => {
    const y = rmsNorm(x, gain, 1e-6);
    const attrs = { scale: 0.3, causal: true, window: 0 };
    const [queries, keys, values] = [q, k, v].map((w) => heads(linear(y, w))) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    const mixed = reshape(attention(queries, keys, values, offsets, offsets, attrs), [rows, size]);
    const context = dropoutContext();
    const dropped = context
      ? dropout(mixed, { probability: 0.4, seed: context.seed, stream: seed })
      : mixed;
    const sum = add(x, dropped);
    return add(sum, swiglu(linear(sum, gate), linear(sum, up)));
  };
  return { weights, forward };
}

/** Output and gradients of two blocks, the input's last, as they lie in memory. */
async function runBlocks(
  how: 'plain' | 'recompute',
  dropoutSeed: number | null,
): Promise<number[][]> {
  const offsets = Tensor.from([0, 2, rows], [3], 'i32');
  const blocks = [makeBlock(10, offsets), makeBlock(20, offsets)];
  const x = normal([rows, size], 99);
  x.requiresGrad = true;
  const leaves = [...blocks.flatMap((block) => block.weights), x];
  const results: number[][] = [];
  const context = dropoutSeed === null ? null : { seed: dropoutSeed };
  const tape = new Tape();
  const [output, gradients] = withDropout(context, () => {
    const y = scoped(() =>
      tape.run(() =>
        blocks.reduce(
          (input, block) =>
            how === 'plain' ? block.forward(input) : recompute(block.forward, [input]),
          x,
        ),
      ),
    );
    return [y, tape.backward(y)] as const;
  });
  results.push([...(await output.readFloats())]);
  for (const tensor of leaves) {
    using gradient = gradients.take(tensor.id);
    results.push([...((await gradient?.readFloats()) ?? [])]);
  }
  for (const tensor of [...leaves, offsets, output]) tensor.dispose();
  return results;
}

onEachDevice(() => {
  describe('recomputing', () => {
    it.each([null, 1, 4_000_000_000])('equals plain to the bit, dropout seed %s', (seed) =>
      withoutLeak(async () => {
        const plain = await runBlocks('plain', seed);
        expect(plain.every((list) => list.length > 0)).toBe(true);
        expect(await runBlocks('recompute', seed)).toEqual(plain);
      }),
    );

    it('drops other elements under another seed', async () => {
      expect(await runBlocks('recompute', 1)).not.toEqual(await runBlocks('recompute', 2));
    });

    it('keeps its inputs alone, however much the body makes', () => {
      using x = normal([rows, size], 1);
      x.requiresGrad = true;
      using tape = new Tape();
      const before = memoryStats().tensors;
      let during = 0;
      const body = (input: Tensor): Tensor => {
        let y = input;
        for (let i = 0; i < 10; i++) y = activation(y, 'gelu');
        during = memoryStats().tensors - before;
        return y;
      };
      using output = tape.run(() => recompute(body, [x]));
      expect(during).toBeGreaterThanOrEqual(10);
      expect(output.shape).toEqual(x.shape);
      expect(memoryStats().tensors - before).toBe(2); // an alias of x, and the output
    });

    it('records nothing when no gradient flows through', () => {
      using x = normal([rows, size], 1);
      using tape = new Tape();
      const before = memoryStats().tensors;
      using output = tape.run(() => recompute((y) => mul(y, y), [x]));
      expect(output.disposed).toBe(false);
      expect(memoryStats().tensors - before).toBe(1);
    });

    it('is the body itself outside of a tape', async () => {
      using x = Tensor.from([1, 2], [2]);
      using y = recompute((input) => mul(input, input), [x]);
      expect([...(await y.readFloats())]).toEqual([1, 4]);
    });

    it('reaches weights that only the body knows', () =>
      withoutLeak(async () => {
        using x = Tensor.from([1, 2], [2]);
        using w = Tensor.from([3, 4], [2]);
        w.requiresGrad = true;
        const tape = new Tape();
        using y = tape.run(() => recompute((input) => mul(input, w), [x]));
        using gradients = tape.backward(y);
        using gradient = gradients.take(w.id);
        expect([...((await gradient?.readFloats()) ?? [])]).toEqual([1, 2]);
        expect(gradients.ids()).toEqual([]);
      }));

    it('may be nested', () =>
      withoutLeak(async () => {
        using x = Tensor.from([2, -3], [2]);
        x.requiresGrad = true;
        const square = (y: Tensor): Tensor => mul(y, y);
        const tape = new Tape();
        using y = tape.run(() => recompute((input) => square(recompute(square, [input])), [x]));
        using gradients = tape.backward(y);
        using gradient = gradients.take(x.id);
        expect([...((await gradient?.readFloats()) ?? [])]).toEqual([32, -108]); // 4x³
      }));

    it('frees everything when the second run fails', () =>
      withoutLeak(() => {
        using x = normal([rows, size], 1);
        x.requiresGrad = true;
        let runs = 0;
        const body = (input: Tensor): Tensor => {
          const y = mul(mul(input, input), input);
          if (++runs === 2) throw new RangeError('second run');
          return y;
        };
        const tape = new Tape();
        using output = scoped(() => tape.run(() => recompute(body, [x])));
        expect(() => tape.backward(output)).toThrow(RangeError);
      }));

    it('refuses what the tape refuses, in the second run', () =>
      withoutLeak(() => {
        using x = normal([rows, size], 1);
        x.requiresGrad = true;
        const tape = new Tape();
        using output = scoped(() => tape.run(() => recompute((y) => max(y, 1), [x])));
        expectCode(() => tape.backward(output), 'autograd/not-differentiable');
      }));
  });
});
