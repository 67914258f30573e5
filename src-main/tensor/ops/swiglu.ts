import { addon } from '../native.ts';
import { apply, handleOf } from '../apply.ts';
import type { KernelOp } from '../op.ts';
import { at, mapReference, sigmoid } from '../reference.ts';
import type { Reference } from '../reference.ts';
import { requireSame } from '../shape-check.ts';
import { Tensor } from '../tensor.ts';

export const swigluOp: KernelOp<readonly [gate: Tensor, up: Tensor], null> = {
  name: 'swiglu',
  isCheap: true,
  infer([gate, up]) {
    requireSame('swiglu', 'up', up, gate.shape);
    return [{ shape: gate.shape, dtype: gate.dtype }];
  },
  launch(ops, [gate, up], [out]) {
    ops.swiglu(gate.handle, up.handle, handleOf(out));
  },
  composed([gate, up]) {
    const value = (g: number, i: number): number => g * sigmoid(g) * at(up as Reference, i);
    return [mapReference(gate as Reference, value)];
  },
  vjp: {
    keeps: () => ({ inputs: [0, 1] }),
    rule(context, grad) {
      const [gate, up] = [context.input(0), context.input(1)];
      const dgate = Tensor.empty(gate.shape, gate.dtype);
      const dup = Tensor.empty(up.shape, up.dtype);
      // prettier-ignore
      addon().ops.swiglu_backward(gate.handle, up.handle, grad.handle, dgate.handle, dup.handle);
      return [dgate, dup];
    },
  },
};

/**
 * Gated unit: silu(gate) · up, elementwise
 * @param gate [...] f32 | bf16, contiguous
 * @param up   the same shape
 * @returns    the same shape, dtype of gate
 * @source arXiv:2002.05202
 */
export function swiglu(gate: Tensor, up: Tensor): Tensor {
  return apply(swigluOp, [gate, up], null);
}
