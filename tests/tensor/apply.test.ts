import { expect, it } from 'vitest';
import { Tape } from '../../src-main/autograd/tape.ts';
import { memoryStats, setMemoryLimit, trimMemory } from '../../src-main/tensor/device.ts';
import {
  attention,
  layerNorm,
  linearCrossEntropy,
  max,
  rmsNorm,
} from '../../src-main/tensor/ops/index.ts';
import { Tensor } from '../../src-main/tensor/tensor.ts';
import { expectCode, onEachDevice, withoutLeak } from '../support/ops.ts';

/** Tensors that are live after `body` and were not before, outside of any scope. */
function left(body: () => void): number {
  const before = memoryStats().tensors;
  body();
  return memoryStats().tensors - before;
}

onEachDevice(() => {
  it('gives the caller what it asked for and nothing else', () =>
    withoutLeak(() => {
      using x = Tensor.full([4, 8], 0.5);
      using gain = Tensor.full([8], 1);
      using heads = x.viewAs([4, 2, 4], [8, 4, 1]);
      using offsets = Tensor.from([0, 4], [2], 'i32');
      using targets = Tensor.zeros([4], 'i32');
      using weights = Tensor.full([4], 0.25);
      const attrs = { scale: 1, causal: true, window: 0 };
      for (const wanted of [false, true]) {
        x.requiresGrad = wanted;
        gain.requiresGrad = wanted;
        heads.requiresGrad = wanted;
        for (const call of [
          (): Tensor[] => [rmsNorm(x, gain, 1e-6)],
          (): Tensor[] => [layerNorm(x, gain, gain, 1e-6)],
          (): Tensor[] => [attention(heads, heads, heads, offsets, offsets, attrs)],
          (): Tensor[] => Object.values(linearCrossEntropy(x, x, targets, weights)) as Tensor[],
        ]) {
          const tape = new Tape();
          let made: Tensor[] = [];
          const all = left(() => {
            made = tape.run(call);
          });
          expect(all > made.length, 'the tape keeps some').toBe(wanted);
          expect(left(() => tape[Symbol.dispose]())).toBe(made.length - all);
          for (const tensor of made) tensor.dispose();
        }
      }
    }));

  it('leaves nothing behind when the tape refuses an op', () => {
    using x = Tensor.full([4, 8], 0.5);
    x.requiresGrad = true;
    const refused = (): void => {
      expectCode(() => new Tape().run(() => max(x, 0)), 'autograd/not-differentiable');
    };
    expect(left(refused)).toBe(0);
  });

  it('leaves nothing behind when there is no memory for the second output', () => {
    using x = Tensor.full([1024, 1024], 0.5);
    using gain = Tensor.full([1024], 1);
    trimMemory();
    try {
      setMemoryLimit(memoryStats().liveBytes + x.sizeBytes); // room for `out`, none for `rstd`
      expect(left(() => expectCode(() => rmsNorm(x, gain, 1e-6), 'memory/out-of-memory'))).toBe(0);
    } finally {
      setMemoryLimit(0);
    }
  });
});
