import { afterEach, expect, it, vi } from 'vitest';
import { addon } from '../../src-main/tensor/native.ts';
import { loraLinear, mul, reshape, scale } from '../../src-main/tensor/ops/index.ts';
import { loraLinearOp } from '../../src-main/tensor/ops/lora-linear.ts';
import { applyAll } from '../../src-main/tensor/apply.ts';
import { scoped } from '../../src-main/tensor/scope.ts';
import { Tensor } from '../../src-main/tensor/tensor.ts';
import { hold, unread } from '../../src-main/tensor/unread.ts';
import { expectCode, onEachDevice, withoutLeak } from '../support/ops.ts';

afterEach(() => vi.restoreAllMocks());

onEachDevice(() => {
  it('launches nothing for a result that nobody holds', () =>
    withoutLeak(() => {
      using x = Tensor.from([1, 2, 3, 4], [2, 2]);
      const launched = vi.spyOn(addon().ops, 'mul');
      using y = scoped(() => unread(() => mul(mul(x, x), x)));
      expect(y).toMatchObject({ shape: [2, 2], dtype: 'f32', disposed: false });
      expect(launched).not.toHaveBeenCalled();
    }));

  it('computes what is held, and what that is made of, though the body has let go of it', () =>
    withoutLeak(async () => {
      using x = Tensor.from([1, 2, 3, 4], [2, 2]);
      const launched = vi.spyOn(addon().ops, 'mul');
      using held = scoped(() =>
        unread(() => {
          const square = mul(x, x);
          const turned = reshape(square, [4]);
          square.dispose();
          const fourth = mul(turned, turned);
          turned.dispose();
          const kept = hold(fourth);
          mul(fourth, fourth).dispose();
          return kept;
        }),
      );
      expect(launched).toHaveBeenCalledTimes(2);
      expect([...(await held.readFloats())]).toEqual([1, 16, 81, 256]);
    }));

  it('computes what is held before the op that made it has a successor, or after', () =>
    withoutLeak(async () => {
      using x = Tensor.from([2], [1]);
      const held: Tensor[] = [];
      scoped(() =>
        unread(() => {
          const a = scale(x, 3);
          held.push(hold(a));
          const b = scale(a, 3);
          scale(b, 3);
          held.push(hold(b));
        }),
      );
      expect(await Promise.all(held.map((one) => one.item()))).toEqual([6, 18]);
      for (const one of held) one.dispose();
    }));

  it('spares the map where only what goes into its adapter is held', () =>
    withoutLeak(async () => {
      using x = Tensor.from([1, 2], [1, 2]);
      using weight = Tensor.from([5, 6, 7, 8], [2, 2]);
      using a = Tensor.from([10, 1], [1, 2]);
      using b = Tensor.from([1, 2], [2, 1]);
      const launched = vi.spyOn(addon().ops, 'matmul');
      using low = scoped(() =>
        unread(() => {
          const attrs = { scale: 1, dtype: 'f32' } as const;
          const [, low] = applyAll(loraLinearOp, [x, weight, a, b, null], attrs);
          return hold(low as Tensor);
        }),
      );
      expect(launched).toHaveBeenCalledTimes(1);
      expect(await low.item()).toBe(12);
      using all = loraLinear(x, weight, { a, b, scale: 1 }, null);
      expect([...(await all.readFloats())]).toEqual([17 + 12, 23 + 24]);
    }));

  it('is part of one around it, which knows what is held later', () =>
    withoutLeak(async () => {
      using x = Tensor.from([3], [1]);
      using held = scoped(() =>
        unread(() => {
          const inner = unread(() => mul(x, x));
          return hold(inner);
        }),
      );
      expect(await held.item()).toBe(9);
    }));

  it('leaves nothing behind when the body fails, and ops are launched again', () =>
    withoutLeak(async () => {
      using x = Tensor.from([3], [1]);
      using two = Tensor.from([1, 2], [2]);
      const body = (): Tensor => scoped(() => unread(() => mul(mul(x, x), two)));
      expectCode(body, 'tensor/shape-mismatch');
      using after = mul(x, x);
      expect(await after.item()).toBe(9);
    }));
});
