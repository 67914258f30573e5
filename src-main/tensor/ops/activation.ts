import { addon } from '../native.ts';
import { apply, handleOf } from '../apply.ts';
import type { KernelOp } from '../op.ts';
import { erf, mapReference, sigmoid } from '../reference.ts';
import type { Reference } from '../reference.ts';
import { Tensor } from '../tensor.ts';

/** Numbers as ActivationKind in native/ops/activation.h. */
const kinds = { gelu: 0, gelu_tanh: 1, quick_gelu: 2, silu: 3, relu: 4 } as const;

export type ActivationKind = keyof typeof kinds;

export function isActivationKind(name: string): name is ActivationKind {
  return name in kinds;
}

const functions: Readonly<Record<ActivationKind, (x: number) => number>> = {
  gelu: (x) => (x / 2) * (1 + erf(x / Math.SQRT2)),
  gelu_tanh: (x) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  quick_gelu: (x) => x * sigmoid(1.702 * x),
  silu: (x) => x * sigmoid(x),
  relu: (x) => Math.max(x, 0),
};

export const activationOp: KernelOp<readonly [Tensor], { readonly kind: ActivationKind }> = {
  name: 'activation',
  isCheap: true,
  infer: ([x]) => [{ shape: x.shape, dtype: x.dtype }],
  launch(ops, [x], [out], { kind }) {
    ops.activation(x.handle, handleOf(out), kinds[kind]);
  },
  composed: ([x], { kind }) => [mapReference(x as Reference, functions[kind])],
  vjp: {
    keeps: () => ({ inputs: [0] }),
    rule(context, grad) {
      const x = context.input(0);
      const dx = Tensor.empty(x.shape, x.dtype);
      addon().ops.activation_backward(x.handle, grad.handle, dx.handle, kinds[context.attrs.kind]);
      return [dx];
    },
  },
};

/**
 * An elementwise non-linearity: gelu (erf), gelu_tanh, quick_gelu (x·σ(1.702x)), silu, relu.
 * @param x [...] f32 | bf16, contiguous
 * @returns the same shape and dtype
 * @source arXiv:1606.08415, arXiv:1702.03118; formulas in native/ops/activation.h
 */
export function activation(x: Tensor, kind: ActivationKind): Tensor {
  return apply(activationOp, [x], { kind });
}
