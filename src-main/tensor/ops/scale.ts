import { apply, handleOf } from '../apply.ts';
import type { KernelOp } from '../op.ts';
import { mapReference } from '../reference.ts';
import type { Reference } from '../reference.ts';
import { requireFloat } from '../shape-check.ts';
import type { Tensor } from '../tensor.ts';

export const scaleOp: KernelOp<readonly [Tensor], { readonly factor: number }> = {
  name: 'scale',
  infer([x]) {
    requireFloat('scale', 'x', x);
    return [{ shape: x.shape }];
  },
  launch(ops, [x], [out], { factor }) {
    ops.scale(x.handle, handleOf(out), factor);
  },
  composed([x], { factor }) {
    return [mapReference(x as Reference, (value) => factor * value)];
  },
  vjp: {
    keeps: () => ({}),
    rule: (context, grad) => [scale(grad, context.attrs.factor)],
  },
};

/** factor · x. @param x [...] any float dtype, contiguous @returns f32 */
export function scale(x: Tensor, factor: number): Tensor {
  return apply(scaleOp, [x], { factor });
}
