import { addon } from '../native.ts';
import { apply, handleOf } from '../apply.ts';
import type { ValueDType } from '../dtype.ts';
import type { KernelOp } from '../op.ts';
import { at, foldRows, generate } from '../reference.ts';
import type { Reference } from '../reference.ts';
import { requireFloat, requireRank, requireSame } from '../shape-check.ts';
import { Tensor } from '../tensor.ts';

interface LayerNormAttrs {
  readonly eps: number;
  /** Of the result: f32 unless said otherwise. */
  readonly dtype?: ValueDType;
}

export const layerNormOp: KernelOp<
  readonly [x: Tensor, weight: Tensor, bias: Tensor],
  LayerNormAttrs
> = {
  name: 'layer_norm',
  isCheap: true,
  infer([x, weight, bias], { dtype = 'f32' }) {
    requireRank('layer_norm', 'x', x, 2);
    requireFloat('layer_norm', 'weight', weight);
    requireSame('layer_norm', 'weight', weight, [x.dim(1)]);
    requireSame('layer_norm', 'bias', bias, [x.dim(1)]);
    return [{ shape: x.shape, dtype }, { shape: [x.dim(0)] }, { shape: [x.dim(0)] }];
  },
  launch(ops, [x, weight, bias], [out, mean, rstd], { eps }) {
    // prettier-ignore
    ops.layer_norm(x.handle, weight.handle, bias.handle, handleOf(out), handleOf(mean), handleOf(rstd), eps);
  },
  composed([x, weight, bias], { eps }) {
    const [source, gain, shift] = [x as Reference, weight as Reference, bias as Reference];
    const { rows, columns } = foldRows(source);
    const rowSum = (row: number, f: (value: number) => number): number => {
      let total = 0;
      for (let i = 0; i < columns; i++) total += f(at(source, row * columns + i));
      return total;
    };
    const mean = generate([rows], (row) => rowSum(row, (v) => v) / columns);
    const rstd = generate([rows], (row) => {
      const variance = rowSum(row, (v) => (v - at(mean, row)) ** 2) / columns;
      return 1 / Math.sqrt(variance + eps);
    });
    const out = generate(source.shape, (i) => {
      const row = Math.floor(i / columns);
      const normalised = (at(source, i) - at(mean, row)) * at(rstd, row);
      return normalised * at(gain, i % columns) + at(shift, i % columns);
    });
    return [out, mean, rstd];
  },
  vjp: {
    keeps: () => ({ inputs: [0, 1], outputs: [1, 2] }),
    rule(context, grad) {
      const [x, weight] = [context.input(0), context.input(1)];
      const dx = context.needs(0) ? Tensor.empty(x.shape, x.dtype) : null;
      const dweight = context.needs(1) ? Tensor.empty(weight.shape) : null;
      const dbias = context.needs(2) ? Tensor.empty(weight.shape) : null;
      // prettier-ignore
      addon().ops.layer_norm_backward(x.handle, weight.handle, context.output(1).handle,
        context.output(2).handle, grad.handle, handleOf(dx), handleOf(dweight), handleOf(dbias));
      return [dx, dweight, dbias];
    },
  },
};

/**
 * Layer normalisation over the last axis: y = (x − mean) / sqrt(var + eps) · weight + bias
 * @param x      [N, D] f32 | bf16; biased variance, statistics in f32
 * @param weight [D] any float dtype
 * @param bias   [D]
 * @param dtype  of the result
 * @returns      [N, D]
 * @source arXiv:1607.06450; numerics as torch.nn.LayerNorm
 */
export function layerNorm(
  x: Tensor,
  weight: Tensor,
  bias: Tensor,
  eps: number,
  dtype: ValueDType = 'f32',
): Tensor {
  return apply(layerNormOp, [x, weight, bias], { eps, dtype });
}
