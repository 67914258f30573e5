import { addon } from '../native.ts';
import { apply, handleOf } from '../apply.ts';
import type { KernelOp } from '../op.ts';
import { at, reference } from '../reference.ts';
import type { Reference } from '../reference.ts';
import { requireFloat, requireRank, requireSame } from '../shape-check.ts';
import type { Tensor } from '../tensor.ts';
import { matmul } from './matmul.ts';
import { sum } from './reduce.ts';

type LoraOperands = readonly [x: Tensor, weight: Tensor, a: Tensor, b: Tensor, bias: Tensor | null];

interface LoraAttrs {
  readonly scale: number;
}

/** out ← out + alpha · op(a) b, without an array for the product. */
function addProduct(a: Tensor, b: Tensor, out: Tensor, transposeB: boolean, alpha: number): void {
  addon().ops.matmul(a.handle, b.handle, 0, out.handle, false, transposeB, alpha, 1);
}

export const loraLinearOp: KernelOp<LoraOperands, LoraAttrs> = {
  name: 'lora_linear',
  infer([x, weight, a, b, bias]) {
    const op = 'lora_linear';
    requireRank(op, 'x', x, 2);
    requireRank(op, 'weight', weight, 2);
    requireFloat(op, 'weight', weight);
    requireRank(op, 'a', a, 2);
    requireFloat(op, 'a', a);
    requireFloat(op, 'b', b);
    const [outputs, inputs] = [weight.dim(0), weight.dim(1)];
    requireSame(op, 'x', x, [x.dim(0), inputs]);
    requireSame(op, 'a', a, [a.dim(0), inputs]);
    requireSame(op, 'b', b, [outputs, a.dim(0)]);
    if (bias) requireSame(op, 'bias', bias, [outputs]);
    return [{ shape: [x.dim(0), outputs] }, { shape: [x.dim(0), a.dim(0)] }];
  },
  launch(ops, [x, weight, a, b, bias], [out, low], { scale }) {
    ops.matmul(x.handle, weight.handle, handleOf(bias), handleOf(out), false, true, 1, 0);
    ops.matmul(x.handle, a.handle, 0, handleOf(low), false, true, 1, 0);
    ops.matmul(handleOf(low), b.handle, 0, handleOf(out), false, true, scale, 1);
  },
  composed([x, weight, a, b, bias], { scale }) {
    const low = product(x as Reference, a as Reference);
    const out = product(x as Reference, weight as Reference);
    const beside = product(low, b as Reference);
    const outputs = out.shape[1] as number;
    for (let i = 0; i < out.data.length; i++) {
      out.data[i] = at(out, i) + scale * at(beside, i) + (bias ? at(bias, i % outputs) : 0);
    }
    return [out, low];
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
      const { scale } = context.attrs;
      const dlow =
        context.needs(0) || context.needs(2)
          ? matmul(grad, context.input(3), { alpha: scale })
          : null;
      const dx = (): Tensor => {
        const result = matmul(grad, context.input(1));
        addProduct(dlow as Tensor, context.input(2), result, false, 1);
        return result;
      };
      const turned = { transposeA: true } as const;
      return [
        context.needs(0) ? dx() : null,
        context.needs(1) ? matmul(grad, context.input(0), turned) : null,
        context.needs(2) ? matmul(dlow as Tensor, context.input(0), turned) : null,
        context.needs(3) ? matmul(grad, context.output(1), { ...turned, alpha: scale }) : null,
        context.needs(4) ? sum(grad, 0) : null,
      ];
    },
  },
};

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

/**
 * An affine map and its low-rank adapter in one: y = x · weightᵀ + bias + scale · (x · aᵀ) · bᵀ.
 * The adapter's part is added where the map's stands, forward and backward.
 * @param x      [N, K] f32
 * @param weight [M, K] any float dtype
 * @param a      [R, K]
 * @param b      [M, R]
 * @param bias   [M]
 * @returns      [N, M] f32
 * @throws tensor/shape-mismatch, tensor/dtype-mismatch
 * @source arXiv:2106.09685
 */
export function loraLinear(
  x: Tensor,
  weight: Tensor,
  a: Tensor,
  b: Tensor,
  bias: Tensor | null,
  scale: number,
): Tensor {
  return apply(loraLinearOp, [x, weight, a, b, bias], { scale });
}
