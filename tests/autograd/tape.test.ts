import { describe, expect, it } from 'vitest';
import { LensmithError } from '../../src-main/base/errors.ts';
import { Tape } from '../../src-main/autograd/tape.ts';
import { apply } from '../../src-main/tensor/apply.ts';
import {
  memoryStats,
  setProfiling,
  synchronize,
  takeProfile,
  trimMemory,
} from '../../src-main/tensor/device.ts';
import type { KernelOp } from '../../src-main/tensor/op.ts';
import {
  activation,
  add,
  argmax,
  concat,
  linear,
  matmul,
  max,
  mean,
  mul,
  reshape,
  rmsNorm,
  scale,
  slice,
  softmax,
  sum,
  transpose,
} from '../../src-main/tensor/ops/index.ts';
import { scoped } from '../../src-main/tensor/scope.ts';
import { Tensor } from '../../src-main/tensor/tensor.ts';
import { expectCode, onEachDevice, withoutLeak } from '../support/ops.ts';

function leaf(values: readonly number[], shape: readonly number[] = [values.length]): Tensor {
  const tensor = Tensor.from(values, shape);
  tensor.requiresGrad = true;
  return tensor;
}

/** Gradients of the sum of what `body` gives, one list a leaf. */
async function gradientsOf(
  leaves: readonly Tensor[],
  body: () => Tensor,
): Promise<(number[] | null)[]> {
  const tape = new Tape();
  using output = scoped(() => tape.run(body));
  using gradients = tape.backward(output);
  const found: (number[] | null)[] = [];
  for (const x of leaves) {
    using gradient = gradients.take(x.id);
    found.push(gradient && [...(await gradient.readFloats())]);
  }
  expect(gradients.ids()).toEqual([]);
  return found;
}

/** Tensors that a tape holds on to after `body`, whose own tensors are all disposed. */
function keptBy(body: () => Tensor): number {
  using tape = new Tape();
  const before = memoryStats().tensors;
  scoped(() => void tape.run(body));
  return memoryStats().tensors - before;
}

onEachDevice(() => {
  describe('gradients', () => {
    it('add up over all uses of a value', () =>
      withoutLeak(async () => {
        using x = leaf([1, 2, 3]);
        // x + x² + 3x
        const body = (): Tensor => add(add(x, mul(x, x)), x, 3);
        expect(await gradientsOf([x], body)).toEqual([[6, 8, 10]]);
      }));

    it('meet again at the value where two paths parted', () =>
      withoutLeak(async () => {
        using x = leaf([0.5, -2]);
        const body = (): Tensor => {
          const y = mul(x, x);
          const [left, right] = [scale(y, 3), mul(y, y)];
          return add(mul(left, right), y);
        };
        // 3y³ + y with y = x²: (9y² + 1) 2x
        const slope = (v: number): number => (9 * v ** 4 + 1) * 2 * v;
        expect(await gradientsOf([x], body)).toEqual([[slope(0.5), slope(-2)]]);
      }));

    it('are those of a value itself when it is the output', () =>
      withoutLeak(async () => {
        using x = leaf([1, 2]);
        expect(await gradientsOf([x], () => x)).toEqual([[1, 1]]);
      }));

    it('start from the seed that is given', () =>
      withoutLeak(async () => {
        using x = leaf([1, 2, 3, 4], [2, 2]);
        const tape = new Tape();
        using y = tape.run(() => mul(x, x));
        using seed = Tensor.from([1, 10, 100, 1000], [2, 2]);
        using turned = transpose(seed, [1, 0]);
        using gradients = tape.backward(y, turned);
        using gradient = gradients.take(x.id);
        expect([...((await gradient?.readFloats()) ?? [])]).toEqual([2, 400, 60, 8000]);
      }));

    it('flow through views, and come in order', () =>
      withoutLeak(async () => {
        using x = leaf([1, 2, 3, 4, 5, 6], [2, 3]);
        using factors = Tensor.from([1, 2, 3, 4, 5, 6], [3, 2]);
        expect(
          await gradientsOf([x], () => mul(reshape(transpose(x, [1, 0]), [3, 2]), factors)),
        ).toEqual([[1, 3, 5, 2, 4, 6]]);
        // A leaf that is only turned, and one that is only joined, too.
        using turn = Tensor.from([1, 2, 3, 4, 5, 6], [3, 2]);
        const tape = new Tape();
        using turned = tape.run(() => transpose(x, [1, 0]));
        using gradients = tape.backward(turned, turn);
        using gradient = gradients.take(x.id);
        expect([...((await gradient?.readFloats()) ?? [])]).toEqual([1, 3, 5, 2, 4, 6]);
        using narrow = leaf([7, 8], [2, 1]);
        const joined = (): Tensor => concat([narrow, slice(x, 1, 1, 3)], 1);
        expect(await gradientsOf([narrow, x], joined)).toEqual([
          [1, 1],
          [0, 1, 1, 0, 1, 1],
        ]);
      }));

    it('of several leaves are each those of their own', () =>
      withoutLeak(async () => {
        using x = leaf([1, 2], [1, 2]);
        using w = leaf([3, 4, 5, 6], [2, 2]);
        using b = leaf([7, 8]);
        expect(await gradientsOf([x, w, b], () => linear(x, w, b))).toEqual([
          [8, 10],
          [1, 2, 1, 2],
          [1, 1],
        ]);
      }));

    it('stop where no leaf asks for one', () =>
      withoutLeak(async () => {
        using x = leaf([1, 2]);
        using fixed = Tensor.from([3, 4], [2]);
        expect(await gradientsOf([x, fixed], () => mul(x, fixed))).toEqual([[3, 4], null]);
      }));

    it('of a part of what was computed leave the rest alone', () =>
      withoutLeak(async () => {
        using x = leaf([1, 2]);
        using y = leaf([3, 4]);
        const body = (): Tensor => {
          mul(y, y); // recorded, but not part of the output
          return scale(x, 5);
        };
        expect(await gradientsOf([x, y], body)).toEqual([[5, 5], null]);
      }));
  });

  describe('a tape', () => {
    it('records nothing when no leaf wants a gradient', () => {
      using x = Tensor.full([4, 4], 1);
      expect(keptBy(() => activation(matmul(x, x), 'silu'))).toBe(0);
    });

    it('records nothing outside of run', () => {
      using x = leaf([1, 2]);
      const before = memoryStats().tensors;
      mul(x, x).dispose();
      expect(memoryStats().tensors).toBe(before);
    });

    it('keeps no activation for a weight that is frozen', () => {
      using x = leaf(new Array<number>(16).fill(1), [4, 4]);
      using frozen = Tensor.full([4, 4], 2);
      using trained = leaf(new Array<number>(16).fill(1), [4, 4]);
      expect(keptBy(() => matmul(x, frozen))).toBe(1); // the weight, for dx
      expect(keptBy(() => matmul(x, trained))).toBe(2);
      expect(keptBy(() => matmul(frozen, trained))).toBe(1); // the input, for dw
      expect(keptBy(() => add(x, frozen))).toBe(0);
      expect(keptBy(() => reshape(x, [16]))).toBe(0);
      expect(keptBy(() => softmax(x))).toBe(1);
    });

    it('holds every kept value once, and lets go of each as it passes', () =>
      withoutLeak(async () => {
        using x = leaf(new Array<number>(64).fill(1), [8, 8]);
        const tape = new Tape();
        trimMemory(); // a cached block may be larger than what is asked for
        const before = memoryStats();
        const output = scoped(() =>
          tape.run(() => {
            let y = x;
            for (let i = 0; i < 5; i++) y = softmax(y);
            return y;
          }),
        );
        expect(memoryStats().liveBytes - before.liveBytes).toBe(5 * 256);
        output.dispose();
        expect(memoryStats().liveBytes - before.liveBytes).toBe(5 * 256);
        tape[Symbol.dispose]();
        expect(memoryStats()).toMatchObject({
          tensors: before.tensors,
          liveBytes: before.liveBytes,
        });
      }));

    it('frees the memory of the forward pass while it walks back', () => {
      using x = leaf(new Array<number>(65536).fill(1), [256, 256]);
      const tape = new Tape();
      trimMemory();
      using output = scoped(() =>
        tape.run(() => {
          let y = x;
          for (let i = 0; i < 10; i++) y = softmax(y);
          return y;
        }),
      );
      const before = memoryStats().liveBytes;
      tape.backward(output)[Symbol.dispose]();
      expect(before - memoryStats().liveBytes).toBe(9 * 262_144); // all but x and the output
    });

    it('does not hold what is cheap to make again, and makes the same bits', () =>
      withoutLeak(async () => {
        using x = leaf(
          Array.from({ length: 65536 }, (_, i) => Math.sin(i)),
          [256, 256],
        );
        using weight = leaf(new Array<number>(65536).fill(0.01), [256, 256]);
        const tape = new Tape();
        trimMemory();
        const before = memoryStats().liveBytes;
        const output = scoped(() => tape.run(() => matmul(activation(x, 'silu'), weight)));
        expect(memoryStats().liveBytes - before).toBe(262_144); // the output
        using activated = activation(x, 'silu');
        using ones = Tensor.full([256, 256], 1);
        using want = matmul(activated, ones, { transposeA: true });
        using gradients = tape.backward(output);
        using found = gradients.take(weight.id);
        output.dispose();
        expect(await found?.readFloats()).toEqual(await want.readFloats());
      }));

    it('makes a cheap value again once for all that read it', async () => {
      using x = leaf(
        Array.from({ length: 64 }, (_, i) => Math.cos(i)),
        [8, 8],
      );
      using gain = Tensor.full([8], 2);
      const maps = [1, 2, 3].map((value) => leaf(new Array<number>(64).fill(value), [8, 8]));
      const tape = new Tape();
      using output = scoped(() =>
        tape.run(() => {
          const y = rmsNorm(x, gain, 1e-5);
          return maps.map((map) => matmul(y, map)).reduce((total, one) => add(total, one));
        }),
      );
      await synchronize();
      setProfiling(true);
      takeProfile();
      try {
        tape.backward(output)[Symbol.dispose]();
        expect(takeProfile().find(({ op }) => op === 'rms_norm')?.calls).toBe(1);
      } finally {
        setProfiling(false);
        for (const map of maps) map.dispose();
      }
    });

    it('is empty after backward', () =>
      withoutLeak(() => {
        using x = leaf([1, 2]);
        const tape = new Tape();
        using y = tape.run(() => mul(x, x));
        tape.backward(y)[Symbol.dispose]();
        using again = tape.backward(y);
        expect(again.ids()).toEqual([]);
      }));

    it('lets token ids be picked on the side', () =>
      withoutLeak(async () => {
        using x = leaf([1, 5, 2, 3], [2, 2]);
        const body = (): Tensor => {
          argmax(x);
          return scale(x, 2);
        };
        expect(await gradientsOf([x], body)).toEqual([[2, 2, 2, 2]]);
      }));

    it('refuses a value that would lose its gradient', () =>
      withoutLeak(() => {
        using x = leaf([1, 5, 2, 3], [2, 2]);
        using tape = new Tape();
        expectCode(() => tape.run(() => max(x, 1)), 'autograd/not-differentiable');
      }));

    it('frees everything when a rule fails', () =>
      withoutLeak(() => {
        using x = leaf([1, 2, 3]);
        const failing: KernelOp<readonly [Tensor], null> = {
          name: 'scale',
          infer: ([input]) => [{ shape: input.shape }],
          launch: (ops, [input], [out]) => ops.scale(input.handle, (out as Tensor).handle, 1),
          composed: ([input]) => (input ? [input] : []),
          vjp: {
            keeps: () => ({ inputs: [0], outputs: [0] }),
            rule(context) {
              Tensor.zeros([100]); // left to the scope
              return [context.input(1)];
            },
          },
        };
        const tape = new Tape();
        using y = scoped(() => tape.run(() => mul(apply(failing, [mul(x, x)], null), x)));
        expectCode(() => tape.backward(y), 'autograd/not-kept');
      }));

    it('turns an error of a kernel inside a rule into one of the project', () =>
      withoutLeak(() => {
        using x = leaf([1, 2, 3, 4], [2, 2]);
        using w = Tensor.full([2], 1);
        const tape = new Tape();
        using y = scoped(() => tape.run(() => rmsNorm(x, w, 1e-6)));
        using seed = Tensor.zeros([3, 3]);
        expectCode(() => tape.backward(y, seed), 'tensor/shape-mismatch');
      }));

    it('stops recording when the body fails', () =>
      withoutLeak(() => {
        using x = leaf([1, 2]);
        using tape = new Tape();
        const fail = (): never => {
          mul(x, x);
          throw new LensmithError('test/stop', 'stop');
        };
        expectCode(() => scoped(() => tape.run(fail)), 'test/stop');
        const before = memoryStats().tensors;
        mul(x, x).dispose();
        expect(memoryStats().tensors).toBe(before);
      }));
  });

  it('agrees with a derivation by hand for a small network', () =>
    withoutLeak(async () => {
      using x = leaf([0.5, -1, 2], [1, 3]);
      using w = leaf([0.1, 0.2, 0.3, -0.4, 0.5, -0.6], [2, 3]);
      const body = (): Tensor => mean(sum(activation(linear(x, w), 'relu'), 0), 0);
      // h = [0.45, -1.9]: only the first passes; the mean halves it.
      const [dx, dw] = await gradientsOf([x, w], body);
      expect(dx?.map((v) => Number(v.toFixed(6)))).toEqual([0.05, 0.1, 0.15]);
      expect(dw).toEqual([0.25, -0.5, 1, 0, 0, 0]);
    }));
});
