import { apply, handleOf } from '../apply.ts';
import type { KernelOp } from '../op.ts';
import { philoxUniform } from '../philox.ts';
import { mapReference } from '../reference.ts';
import type { Reference } from '../reference.ts';
import type { Tensor } from '../tensor.ts';

interface DropoutAttrs {
  /** Share of the elements that become 0. */
  readonly probability: number;
  readonly seed: number;
  readonly stream: number;
}

export const dropoutOp: KernelOp<readonly [Tensor], DropoutAttrs> = {
  name: 'dropout',
  isCheap: true,
  infer: ([x]) => [{ shape: x.shape, dtype: x.dtype }],
  launch(ops, [x], [out], { probability, seed, stream }) {
    ops.dropout(x.handle, handleOf(out), probability, seed, stream);
  },
  composed([x], { probability, seed, stream }) {
    const kept = (value: number, i: number): number =>
      philoxUniform(seed, stream, i) >= probability ? value / (1 - probability) : 0;
    return [mapReference(x as Reference, kept)];
  },
  vjp: {
    keeps: () => ({}),
    rule: (context, grad) => [dropout(grad, context.attrs)],
  },
};

/**
 * x · keep / (1 − p), where element i is kept when its Philox uniform is ≥ p:
 * no mask is stored, and a recomputed forward pass sees the same one.
 * @param x [...] f32 | bf16, contiguous
 * @returns the same shape and dtype
 */
export function dropout(x: Tensor, attrs: DropoutAttrs): Tensor {
  return apply(dropoutOp, [x], attrs);
}
