import { apply, handleOf } from '../apply.ts';
import type { KernelOp } from '../op.ts';
import { at, mapReference } from '../reference.ts';
import type { Reference } from '../reference.ts';
import type { Tensor } from '../tensor.ts';
import { requireBroadcast } from './add.ts';
import { sumToShape } from './reduce.ts';

export const mulOp: KernelOp<readonly [a: Tensor, b: Tensor], null> = {
  name: 'mul',
  infer([a, b]) {
    requireBroadcast('mul', a, b);
    return [{ shape: a.shape }];
  },
  launch(ops, [a, b], [out]) {
    ops.mul(a.handle, b.handle, handleOf(out));
  },
  composed([a, b]) {
    const other = b as Reference;
    const count = other.data.length;
    return [mapReference(a as Reference, (x, i) => x * at(other, i % count))];
  },
  vjp: {
    keeps: (needs) => ({ inputs: [...(needs[1] ? [0] : []), ...(needs[0] ? [1] : [])] }),
    rule(context, grad) {
      return [
        context.needs(0) ? mul(grad, context.input(1)) : null,
        context.needs(1)
          ? sumToShape(mul(grad, context.input(0)), context.inputSpec(1).shape)
          : null,
      ];
    },
  },
};

/** a · b, elementwise; operands and broadcasting as add. @returns shape of a, f32 */
export function mul(a: Tensor, b: Tensor): Tensor {
  return apply(mulOp, [a, b], null);
}
