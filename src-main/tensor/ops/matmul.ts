import { apply, handleOf } from '../apply.ts';
import { valueDType } from '../dtype.ts';
import type { ValueDType } from '../dtype.ts';
import type { KernelOp } from '../op.ts';
import { at, reference } from '../reference.ts';
import type { Reference } from '../reference.ts';
import { requireFloat, requireRank, requireSame, requireShape } from '../shape-check.ts';
import type { Tensor } from '../tensor.ts';
import { sum } from './reduce.ts';

export interface MatmulOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  readonly alpha?: number;
  /** Of the result: f32 unless said otherwise. */
  readonly dtype?: ValueDType;
}

/** A bias: of every row, [n], or a sum that a product goes to, [m, n] f32, where the result is f32. */
export function requireBias(
  op: string,
  bias: Tensor | null,
  [m, n]: readonly [number, number],
  dtype: ValueDType,
): void {
  if (!bias) return;
  if (bias.rank === 1) return requireSame(op, 'bias', bias, [n]);
  requireSame(op, 'bias', bias, [m, n]);
  requireShape(dtype === 'f32', op, 'bias', bias, `[${n}] where the result is ${dtype}`);
}

export function biasGradient(grad: Tensor, rank: number): Tensor {
  return rank === 1 ? sum(grad, 0) : grad;
}

/** Of the result's element i. */
export function composedBias(bias: Reference | null | undefined, i: number): number {
  return bias ? at(bias, i % bias.data.length) : 0;
}

type MatmulOperands = readonly [a: Tensor, b: Tensor, bias: Tensor | null];
type MatmulAttrs = Required<MatmulOptions>;

export const matmulOp: KernelOp<MatmulOperands, MatmulAttrs> = {
  name: 'matmul',
  infer([a, b, bias], { transposeA, transposeB, dtype }) {
    requireRank('matmul', 'a', a, 2);
    requireRank('matmul', 'b', b, 2);
    requireFloat('matmul', 'a', a);
    requireFloat('matmul', 'b', b);
    const [m, k] = transposeA ? [a.dim(1), a.dim(0)] : [a.dim(0), a.dim(1)];
    const [inner, n] = transposeB ? [b.dim(1), b.dim(0)] : [b.dim(0), b.dim(1)];
    requireShape(inner === k, 'matmul', 'b', b, `an inner size of ${k}`);
    requireBias('matmul', bias, [m, n], dtype);
    return [{ shape: [m, n], dtype }];
  },
  launch(ops, [a, b, bias], [out], { transposeA, transposeB, alpha }) {
    // prettier-ignore
    ops.matmul(a.handle, b.handle, handleOf(bias), 0, 0, handleOf(out), transposeA, transposeB, alpha, 0, 1);
  },
  composed([a, b, bias], { transposeA, transposeB, alpha }) {
    return [composedMatmul(a as Reference, b as Reference, bias, transposeA, transposeB, alpha)];
  },
  vjp: {
    keeps: (needs) => ({ inputs: [...(needs[1] ? [0] : []), ...(needs[0] ? [1] : [])] }),
    rule(context, grad) {
      const { transposeA, transposeB, alpha } = context.attrs;
      // a is a value of the pass, whose gradient has its dtype; b may be a parameter, with one in f32.
      // With C = αAB: dA = α dC Bᵀ and dB = α Aᵀ dC; a transposed operand swaps the factors.
      const da = (): Tensor => {
        const b = context.input(1);
        const dtype = valueDType(context.inputSpec(0).dtype);
        return transposeA
          ? matmul(b, grad, { transposeA: transposeB, transposeB: true, alpha, dtype })
          : matmul(grad, b, { transposeB: !transposeB, alpha, dtype });
      };
      const db = (): Tensor => {
        const a = context.input(0);
        return transposeB
          ? matmul(grad, a, { transposeA: true, transposeB: transposeA, alpha })
          : matmul(a, grad, { transposeA: !transposeA, alpha });
      };
      return [
        context.needs(0) ? da() : null,
        context.needs(1) ? db() : null,
        context.needs(2) ? biasGradient(grad, context.inputSpec(2).shape.length) : null,
      ];
    },
  },
};

function composedMatmul(
  a: Reference,
  b: Reference,
  bias: Reference | null | undefined,
  transposeA: boolean,
  transposeB: boolean,
  alpha: number,
): Reference {
  const [aRows, aColumns] = a.shape as [number, number];
  const [bRows, bColumns] = b.shape as [number, number];
  const [m, k] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
  const n = transposeB ? bRows : bColumns;
  const out = reference([m, n]);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let total = 0;
      for (let l = 0; l < k; l++) {
        const x = at(a, transposeA ? l * aColumns + i : i * aColumns + l);
        const y = at(b, transposeB ? j * bColumns + l : l * bColumns + j);
        total += x * y;
      }
      out.data[i * n + j] = alpha * total + composedBias(bias, i * n + j);
    }
  }
  return out;
}

/**
 * Matrix product: alpha · op(a) op(b)
 * @param a [M, K], or [K, M] with transposeA; f32 | bf16 | f16, rows contiguous. Its gradient is bf16 when it is
 * @param b [K, N], or [N, K] with transposeB. Its gradient is f32
 * @returns [M, N] f32 or, as options say, bf16; accumulated in f32
 * @throws tensor/shape-mismatch, tensor/dtype-mismatch
 */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  return apply(matmulOp, [a, b, null], {
    transposeA: options.transposeA ?? false,
    transposeB: options.transposeB ?? false,
    alpha: options.alpha ?? 1,
    dtype: options.dtype ?? 'f32',
  });
}

/**
 * Affine map: y = x · weightᵀ + bias
 * @param x      [N, K]
 * @param weight [M, K], as checkpoints hold it
 * @param bias   [M], or [N, M] f32: a sum that the map's values are added to
 * @param dtype  of the result
 * @returns      [N, M]
 */
export function linear(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null = null,
  dtype: ValueDType = 'f32',
): Tensor {
  const attrs = { transposeA: false, transposeB: true, alpha: 1, dtype };
  return apply(matmulOp, [x, weight, bias], attrs);
}
