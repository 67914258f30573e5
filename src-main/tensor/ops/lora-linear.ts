import { apply, handleOf } from '../apply.ts';
import { addon } from '../native.ts';
import { valueDType } from '../dtype.ts';
import type { ValueDType } from '../dtype.ts';
import type { KernelOp, OutputSpec, VjpContext } from '../op.ts';
import type { QuantizedMatrix } from '../quantized.ts';
import { at, reference } from '../reference.ts';
import type { Reference } from '../reference.ts';
import { requireFloat, requireRank, requireSame } from '../shape-check.ts';
import { Tensor } from '../tensor.ts';
import { biasGradient, composedBias, matmul, requireBias } from './matmul.ts';
import { composedValues, operandsOf } from './quantize.ts';
import type { MatrixSize } from './quantize.ts';

/** What an adapter adds to a map, by place among the operands. */
type Adapter = readonly [a: Tensor, b: Tensor, bias: Tensor | null];
type LoraOperands = readonly [x: Tensor, weight: Tensor, ...Adapter];
type QuantizedLoraOperands = readonly [
  x: Tensor,
  codes: Tensor,
  scales: Tensor,
  scales2: Tensor | null,
  offset: Tensor | null,
  ...Adapter,
];

interface LoraAttrs {
  readonly scale: number;
  /** Of the result. */
  readonly dtype: ValueDType;
}

interface QuantizedLoraAttrs extends LoraAttrs, MatrixSize {
  /** Whether scales2 and offset are there. */
  readonly twice: boolean;
}

/** The result, and x · aᵀ, which is kept for the gradient of b. */
function inferred(
  op: string,
  x: Tensor,
  [outputs, inputs]: readonly [number, number],
  [a, b, bias]: Adapter,
  dtype: ValueDType,
): readonly OutputSpec[] {
  requireRank(op, 'x', x, 2);
  requireFloat(op, 'x', x);
  requireRank(op, 'a', a, 2);
  requireFloat(op, 'a', a);
  requireFloat(op, 'b', b);
  requireSame(op, 'x', x, [x.dim(0), inputs]);
  requireSame(op, 'a', a, [a.dim(0), inputs]);
  requireSame(op, 'b', b, [outputs, a.dim(0)]);
  requireBias(op, bias, [x.dim(0), outputs], dtype);
  return [{ shape: [x.dim(0), outputs], dtype }, { shape: [x.dim(0), a.dim(0)] }];
}

/** out ← x aᵀ, where both outputs are f32. */
function launchLow(x: Tensor, a: Tensor, low: Tensor | null | undefined): void {
  addon().ops.matmul(x.handle, a.handle, 0, 0, 0, handleOf(low), false, true, 1, 0, 1);
}

/** The gradients of a, b and the bias, which stand at `first` and after it; dlow: of x · aᵀ. */
function adapterGradients<A>(
  context: VjpContext<A>,
  first: number,
  scale: number,
  grad: Tensor,
  dlow: Tensor | null,
): readonly (Tensor | null)[] {
  const turned = { transposeA: true } as const;
  return [
    context.needs(first) ? matmul(dlow as Tensor, context.input(0), turned) : null,
    context.needs(first + 1) ? matmul(grad, context.output(1), { ...turned, alpha: scale }) : null,
    context.needs(first + 2) ? biasGradient(grad, context.inputSpec(first + 2).shape.length) : null,
  ];
}

/** The gradient of x · aᵀ, where anything asks for it. */
function lowGradient<A>(
  context: VjpContext<A>,
  first: number,
  scale: number,
  grad: Tensor,
): Tensor | null {
  const isAsked = context.needs(0) || context.needs(first);
  return isAsked ? matmul(grad, context.input(first + 1), { alpha: scale }) : null;
}

function gradientOfX<A>(context: VjpContext<A>): Tensor {
  const { shape, dtype } = context.inputSpec(0);
  return Tensor.empty(shape, valueDType(dtype));
}

export const loraLinearOp: KernelOp<LoraOperands, LoraAttrs> = {
  name: 'lora_linear',
  infer([x, weight, ...adapter], { dtype }) {
    requireRank('lora_linear', 'weight', weight, 2);
    requireFloat('lora_linear', 'weight', weight);
    return inferred('lora_linear', x, [weight.dim(0), weight.dim(1)], adapter, dtype);
  },
  launch(ops, [x, weight, a, b, bias], [out, low], { scale }) {
    launchLow(x, a, low);
    // prettier-ignore
    ops.matmul(x.handle, weight.handle, handleOf(bias), handleOf(low), b.handle, handleOf(out), false, true, 1, 0, scale);
  },
  launchOthers(_, [x, , a], [, low]) {
    launchLow(x, a, low);
  },
  composed([x, weight, a, b, bias], { scale }) {
    return composedLora([x, weight, a, b, bias], scale);
  },
  vjp: {
    keeps: (needs) => ({
      inputs: [
        ...(needs[1] || needs[2] ? [0] : []),
        ...(needs[0] ? [1, 2] : []),
        ...(needs[0] || needs[2] ? [3] : []),
      ],
      outputs: needs[3] ? [1] : [],
    }),
    rule(context, grad) {
      const dlow = lowGradient(context, 2, context.attrs.scale, grad);
      const dx = (): Tensor => {
        const [weight, a] = [context.input(1), context.input(2)];
        const out = gradientOfX(context);
        // prettier-ignore
        addon().ops.matmul(grad.handle, weight.handle, 0, handleOf(dlow), a.handle, out.handle, false, false, 1, 0, 1);
        return out;
      };
      return [
        context.needs(0) ? dx() : null,
        context.needs(1) ? matmul(grad, context.input(0), { transposeA: true }) : null,
        ...adapterGradients(context, 2, context.attrs.scale, grad, dlow),
      ];
    },
  },
};

export const quantizedLoraLinearOp: KernelOp<QuantizedLoraOperands, QuantizedLoraAttrs> = {
  name: 'quantized_lora_linear',
  infer([x, , , , , ...adapter], { rows, cols, dtype }) {
    return inferred('quantized_lora_linear', x, [rows, cols], adapter, dtype);
  },
  launch(ops, [x, codes, scales, scales2, offset, a, b, bias], [out, low], attrs) {
    launchLow(x, a, low);
    // prettier-ignore
    ops.quantized_matmul(x.handle, codes.handle, scales.handle, handleOf(scales2), handleOf(offset), attrs.rows, attrs.cols, handleOf(bias), handleOf(low), b.handle, handleOf(out), true, attrs.scale);
  },
  launchOthers(_, [x, , , , , a], [, low]) {
    launchLow(x, a, low);
  },
  composed([x, codes, scales, scales2, offset, a, b, bias], attrs) {
    const weight = composedValues([codes, scales, scales2, offset], attrs);
    return composedLora([x, weight, a, b, bias], attrs.scale);
  },
  vjp: {
    keeps: (needs) => ({
      inputs: [
        ...(needs[5] ? [0] : []),
        ...(needs[0] ? [1, 2, 3, 4, 5] : []),
        ...(needs[0] || needs[5] ? [6] : []),
      ],
      outputs: needs[6] ? [1] : [],
    }),
    rule(context, grad) {
      const { rows, cols, twice, scale } = context.attrs;
      const dlow = lowGradient(context, 5, scale, grad);
      const dx = (): Tensor => {
        const part = (i: number): number => context.input(i).handle;
        const out = gradientOfX(context);
        // prettier-ignore
        addon().ops.quantized_matmul(grad.handle, part(1), part(2), twice ? part(3) : 0, twice ? part(4) : 0, rows, cols, 0, handleOf(dlow), part(5), out.handle, false, 1);
        return out;
      };
      return [
        context.needs(0) ? dx() : null,
        ...[null, null, null, null],
        ...adapterGradients(context, 5, scale, grad, dlow),
      ];
    },
  },
};

function composedLora(
  [x, weight, a, b, bias]: readonly (Reference | null | undefined)[],
  scale: number,
): Reference[] {
  const low = product(x as Reference, a as Reference);
  const out = product(x as Reference, weight as Reference);
  const beside = product(low, b as Reference);
  for (let i = 0; i < out.data.length; i++) {
    out.data[i] = at(out, i) + scale * at(beside, i) + composedBias(bias, i);
  }
  return [out, low];
}

/** x wᵀ */
function product(x: Reference, w: Reference): Reference {
  const [rows, inner] = x.shape as [number, number];
  const columns = w.shape[0] as number;
  const out = reference([rows, columns]);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      let total = 0;
      for (let l = 0; l < inner; l++) total += at(x, i * inner + l) * at(w, j * inner + l);
      out.data[i * columns + j] = total;
    }
  }
  return out;
}

/** A low-rank adapter as a map takes it. */
export interface LowRank {
  /** [R, K] */
  readonly a: Tensor;
  /** [M, R] */
  readonly b: Tensor;
  readonly scale: number;
}

/**
 * An affine map and its low-rank adapter in one: y = x · weightᵀ + bias + scale · (x · aᵀ) · bᵀ.
 * The adapter's part is added where the map's stands, forward and backward.
 * @param x      [N, K] f32 | bf16; its gradient has its dtype
 * @param weight [M, K] any float dtype, or quantised
 * @param bias   [M], or [N, M] f32: a sum that all of it is added to
 * @param dtype  of the result
 * @returns      [N, M]
 * @throws tensor/shape-mismatch, tensor/dtype-mismatch
 * @source arXiv:2106.09685
 */
export function loraLinear(
  x: Tensor,
  weight: Tensor | QuantizedMatrix,
  { a, b, scale }: LowRank,
  bias: Tensor | null,
  dtype: ValueDType = 'f32',
): Tensor {
  if (weight instanceof Tensor) {
    return apply(loraLinearOp, [x, weight, a, b, bias], { scale, dtype });
  }
  const { rows, cols, parts } = weight;
  return apply(quantizedLoraLinearOp, [x, ...operandsOf(parts), a, b, bias], {
    rows,
    cols,
    twice: parts.scales2 !== null,
    scale,
    dtype,
  });
}
