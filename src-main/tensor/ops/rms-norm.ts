import { addon } from '../native.ts';
import { apply, handleOf } from '../apply.ts';
import type { ValueDType } from '../dtype.ts';
import type { KernelOp } from '../op.ts';
import { at, foldRows, generate, reference } from '../reference.ts';
import type { Reference } from '../reference.ts';
import { requireFloat, requireRank, requireSame } from '../shape-check.ts';
import { Tensor } from '../tensor.ts';

interface RmsNormAttrs {
  readonly eps: number;
  /** Of the result: f32 unless said otherwise. */
  readonly dtype?: ValueDType;
}

export const rmsNormOp: KernelOp<readonly [x: Tensor, weight: Tensor], RmsNormAttrs> = {
  name: 'rms_norm',
  isCheap: true,
  infer([x, weight], { dtype = 'f32' }) {
    requireRank('rms_norm', 'x', x, 2);
    requireFloat('rms_norm', 'weight', weight);
    requireSame('rms_norm', 'weight', weight, [x.dim(1)]);
    return [{ shape: x.shape, dtype }, { shape: [x.dim(0)] }];
  },
  launch(ops, [x, weight], [out, rstd], { eps }) {
    ops.rms_norm(x.handle, weight.handle, handleOf(out), handleOf(rstd), eps);
  },
  composed([x, weight], { eps }) {
    const [source, gain] = [x as Reference, weight as Reference];
    const { rows, columns } = foldRows(source);
    const rstd = generate([rows], (row) => {
      let squares = 0;
      for (let i = 0; i < columns; i++) squares += at(source, row * columns + i) ** 2;
      return 1 / Math.sqrt(squares / columns + eps);
    });
    const out = reference(source.shape);
    for (let i = 0; i < out.data.length; i++) {
      out.data[i] = at(source, i) * at(rstd, Math.floor(i / columns)) * at(gain, i % columns);
    }
    return [out, rstd];
  },
  vjp: {
    keeps: () => ({ inputs: [0, 1], outputs: [1] }),
    rule(context, grad) {
      const [x, weight] = [context.input(0), context.input(1)];
      const dx = context.needs(0) ? Tensor.empty(x.shape, x.dtype) : null;
      const dweight = context.needs(1) ? Tensor.empty(weight.shape) : null;
      // prettier-ignore
      addon().ops.rms_norm_backward(x.handle, weight.handle, context.output(1).handle, grad.handle,
        handleOf(dx), handleOf(dweight));
      return [dx, dweight];
    },
  },
};

/**
 * RMS normalisation over the last axis: y = x / sqrt(mean(x²) + eps) · weight
 * @param x      [N, D] f32 | bf16; statistics accumulate in f32
 * @param weight [D] any float dtype
 * @param eps    added to mean(x²), in squared units of x
 * @param dtype  of the result
 * @returns      [N, D]
 * @throws tensor/shape-mismatch when weight.shape is not [D]
 * @source arXiv:1910.07467; numerics as transformers' LlamaRMSNorm
 */
export function rmsNorm(x: Tensor, weight: Tensor, eps: number, dtype: ValueDType = 'f32'): Tensor {
  return apply(rmsNormOp, [x, weight], { eps, dtype });
}
