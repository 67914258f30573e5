import { apply, handleOf } from '../apply.ts';
import type { KernelOp } from '../op.ts';
import { at, mapReference } from '../reference.ts';
import type { Reference } from '../reference.ts';
import type { ValueDType } from '../dtype.ts';
import { requireFloat, requireShape } from '../shape-check.ts';
import type { Tensor } from '../tensor.ts';
import { sumToShape } from './reduce.ts';
import { scale } from './scale.ts';

/** Whether b's shape is the tail of a's, or b is one number. */
export function requireBroadcast(op: string, a: Tensor, b: Tensor): void {
  requireFloat(op, 'a', a);
  requireFloat(op, 'b', b);
  const tail = a.shape.slice(a.rank - b.rank);
  const fits = b.numel === 1 || (b.rank <= a.rank && b.shape.every((size, i) => size === tail[i]));
  requireShape(fits, op, 'b', b, `the tail of [${a.shape.join(', ')}], or one element`);
}

interface AddAttrs {
  readonly alpha: number;
  /** Of the result: f32 unless said otherwise. */
  readonly dtype?: ValueDType;
}

export const addOp: KernelOp<readonly [a: Tensor, b: Tensor], AddAttrs> = {
  name: 'add',
  infer([a, b], { dtype = 'f32' }) {
    requireBroadcast('add', a, b);
    return [{ shape: a.shape, dtype }];
  },
  launch(ops, [a, b], [out], { alpha }) {
    ops.add(a.handle, b.handle, handleOf(out), alpha);
  },
  composed([a, b], { alpha }) {
    const other = b as Reference;
    const count = other.data.length;
    return [mapReference(a as Reference, (x, i) => x + alpha * at(other, i % count))];
  },
  vjp: {
    keeps: () => ({}),
    rule(context, grad) {
      const { alpha } = context.attrs;
      const db = (): Tensor => {
        const total = sumToShape(grad, context.inputSpec(1).shape);
        return alpha === 1 ? total : scale(total, alpha);
      };
      return [context.needs(0) ? grad : null, context.needs(1) ? db() : null];
    },
  },
};

/**
 * a + alpha · b
 * @param a [...] any float dtype, contiguous
 * @param b its shape is the tail of a's (broadcast over the leading axes), or one element
 * @param dtype of the result
 * @returns shape of a
 */
export function add(a: Tensor, b: Tensor, alpha = 1, dtype: ValueDType = 'f32'): Tensor {
  return apply(addOp, [a, b], { alpha, dtype });
}
