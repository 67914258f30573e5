import { expect, it } from 'vitest';
import { memoryStats } from '../../src-main/tensor/device.ts';
import { add, scale } from '../../src-main/tensor/ops/index.ts';
import { scoped } from '../../src-main/tensor/scope.ts';
import { Tensor } from '../../src-main/tensor/tensor.ts';
import { onEachDevice, withoutLeak } from '../support/ops.ts';

onEachDevice(() => {
  it('disposes what was made and keeps what is returned', () =>
    withoutLeak(async () => {
      let inner: Tensor | undefined;
      using result = scoped(() => {
        inner = Tensor.full([3], 2);
        return scale(inner, 4);
      });
      expect(inner?.disposed).toBe(true);
      expect([...(await result.readFloats())]).toEqual([8, 8, 8]);
    }));

  it('keeps tensors inside lists and records', () =>
    withoutLeak(() => {
      const kept = scoped(() => ({
        first: Tensor.zeros([1]),
        rest: [Tensor.zeros([1]), { deep: Tensor.zeros([1]) }, 7, null, new Float32Array(2)],
      }));
      const [second, third] = kept.rest as [Tensor, { deep: Tensor }];
      for (const tensor of [kept.first, second, third.deep]) {
        expect(tensor.disposed).toBe(false);
        tensor.dispose();
      }
    }));

  it('passes a result to the scope around', () =>
    withoutLeak(() => {
      let middle: Tensor | undefined;
      using outer = scoped(() => {
        middle = scoped(() => Tensor.full([2], 1));
        expect(middle.disposed).toBe(false);
        return add(middle, middle);
      });
      expect(middle?.disposed).toBe(true);
      expect(outer.disposed).toBe(false);
    }));

  it('leaves what was kept, and what came from outside', () =>
    withoutLeak(() => {
      using outside = Tensor.zeros([1]);
      let kept: Tensor | undefined;
      const same = scoped(() => {
        kept = Tensor.zeros([1]).keep();
        return outside;
      });
      expect(same.disposed).toBe(false);
      expect(kept?.disposed).toBe(false);
      kept?.dispose();
    }));

  it('disposes everything on an exception, in every scope that it leaves', () =>
    withoutLeak(() => {
      const fail = (): never => {
        scoped(() => {
          Tensor.zeros([4]);
          scoped(() => {
            Tensor.zeros([5]);
            throw new RangeError('inside');
          });
        });
        throw new Error('not reached');
      };
      expect(fail).toThrow(RangeError);
    }));

  it('refuses a body that waits', () =>
    withoutLeak(() => {
      const wait = (): Promise<Tensor> => Promise.resolve(Tensor.zeros([1]));
      expect(() => scoped(wait)).toThrow(TypeError);
    }));

  it('does not mind a tensor that was disposed by hand', () =>
    withoutLeak(() => {
      const before = memoryStats().tensors;
      scoped(() => {
        const x = Tensor.zeros([1]);
        x.dispose();
        x.dispose();
        expect(memoryStats().tensors).toBe(before);
      });
    }));
});
