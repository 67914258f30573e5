import { apply, handleOf } from '../apply.ts';
import { valueDType } from '../dtype.ts';
import type { ValueDType } from '../dtype.ts';
import type { KernelOp } from '../op.ts';
import type { QuantizedMatrix } from '../quantized.ts';
import { at, reference } from '../reference.ts';
import type { Reference } from '../reference.ts';
import { requireFloat, requireRank, requireShape } from '../shape-check.ts';
import type { Tensor } from '../tensor.ts';
import { biasGradient, composedBias, requireBias } from './matmul.ts';
import { composedValues, operandsOf } from './quantize.ts';
import type { MatrixSize } from './quantize.ts';

type QuantizedMatmulOperands = readonly [
  a: Tensor,
  codes: Tensor,
  scales: Tensor,
  scales2: Tensor | null,
  offset: Tensor | null,
  bias: Tensor | null,
];

interface QuantizedMatmulAttrs extends MatrixSize {
  /** a · wᵀ, else a · w. */
  readonly transposeW: boolean;
  /** Whether scales2 and offset are there. */
  readonly twice: boolean;
  /** Of the result. */
  readonly dtype: ValueDType;
}

export const quantizedMatmulOp: KernelOp<QuantizedMatmulOperands, QuantizedMatmulAttrs> = {
  name: 'quantized_matmul',
  infer([a, , , , , bias], { rows, cols, transposeW, dtype }) {
    const op = 'quantized_matmul';
    const [inner, n] = transposeW ? [cols, rows] : [rows, cols];
    requireRank(op, 'a', a, 2);
    requireFloat(op, 'a', a);
    requireShape(a.dim(1) === inner, op, 'a', a, `an inner size of ${inner}`);
    requireBias(op, bias, [a.dim(0), n], dtype);
    return [{ shape: [a.dim(0), n], dtype }];
  },
  launch(ops, [a, codes, scales, scales2, offset, bias], [out], { rows, cols, transposeW }) {
    // prettier-ignore
    ops.quantized_matmul(a.handle, codes.handle, scales.handle, handleOf(scales2), handleOf(offset), rows, cols, handleOf(bias), 0, 0, handleOf(out), transposeW, 1);
  },
  composed([a, codes, scales, scales2, offset, bias], attrs) {
    const w = composedValues([codes, scales, scales2, offset], attrs);
    return [composedProduct(a as Reference, w, bias, attrs.transposeW)];
  },
  vjp: {
    keeps: (needs) => ({ inputs: needs[0] ? [1, 2, 3, 4] : [] }),
    rule(context, grad) {
      const { attrs } = context;
      const da = (): Tensor =>
        apply(
          quantizedMatmulOp,
          [
            grad,
            context.input(1),
            context.input(2),
            attrs.twice ? context.input(3) : null,
            attrs.twice ? context.input(4) : null,
            null,
          ],
          {
            ...attrs,
            transposeW: !attrs.transposeW,
            dtype: valueDType(context.inputSpec(0).dtype),
          },
        );
      const dbias = context.needs(5) ? biasGradient(grad, context.inputSpec(5).shape.length) : null;
      return [context.needs(0) ? da() : null, null, null, null, null, dbias];
    },
  },
};

function composedProduct(
  a: Reference,
  w: Reference,
  bias: Reference | null | undefined,
  transposeW: boolean,
): Reference {
  const [m, k] = a.shape as [number, number];
  const [rows, cols] = w.shape as [number, number];
  const n = transposeW ? rows : cols;
  const out = reference([m, n]);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let total = composedBias(bias, i * n + j);
      for (let l = 0; l < k; l++) {
        total += at(a, i * k + l) * at(w, transposeW ? j * cols + l : l * cols + j);
      }
      out.data[i * n + j] = total;
    }
  }
  return out;
}

/**
 * Affine map with a quantised weight: y = x · weightᵀ + bias. The gradient flows to x and bias.
 * @param x      [N, cols] any float dtype
 * @param weight [rows, cols], widened a tile at a time
 * @param bias   [rows], or [N, rows] f32: a sum that the map's values are added to
 * @param dtype  of the result
 * @returns      [N, rows]
 */
export function quantizedLinear(
  x: Tensor,
  weight: QuantizedMatrix,
  bias: Tensor | null = null,
  dtype: ValueDType = 'f32',
): Tensor {
  const { rows, cols, parts } = weight;
  return apply(quantizedMatmulOp, [x, ...operandsOf(parts), bias], {
    rows,
    cols,
    transposeW: true,
    twice: parts.scales2 !== null,
    dtype,
  });
}
