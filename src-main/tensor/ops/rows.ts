import { apply, handleOf } from '../apply.ts';
import type { KernelOp } from '../op.ts';
import { at, generate, reference } from '../reference.ts';
import type { Reference } from '../reference.ts';
import { requireFloat, requireInt, requireRank, requireSame } from '../shape-check.ts';
import { Tensor } from '../tensor.ts';
import { copyInto, scatterAddRowsInPlace, scatterRowsInPlace } from './in-place.ts';

export const gatherRowsOp: KernelOp<readonly [x: Tensor, index: Tensor], null> = {
  name: 'gather_rows',
  infer([x, index]) {
    requireRank('gather_rows', 'x', x, 2);
    requireFloat('gather_rows', 'x', x);
    requireRank('gather_rows', 'index', index, 1);
    requireInt('gather_rows', 'index', index);
    return [{ shape: [index.dim(0), x.dim(1)] }];
  },
  launch(ops, [x, index], [out]) {
    ops.gather_rows(x.handle, index.handle, handleOf(out));
  },
  composed([x, index]) {
    const [source, rows] = [x as Reference, index as Reference];
    const columns = source.shape[1] as number;
    const value = (i: number): number =>
      at(source, at(rows, Math.floor(i / columns)) * columns + (i % columns));
    return [generate([rows.data.length, columns], value)];
  },
  vjp: {
    keeps: () => ({ inputs: [1] }),
    rule(context, grad) {
      const dx = Tensor.zeros(context.inputSpec(0).shape);
      scatterAddRowsInPlace(dx, context.input(1), grad);
      return [dx, null];
    },
  },
};

/**
 * out[i] = x[index[i]]: embedding lookup, and picking rows.
 * @param x     [R, D] any float dtype
 * @param index [N] i32 in 0..R-1; outside of it the next read throws tensor/index-out-of-range
 * @returns     [N, D] f32
 */
export function gatherRows(x: Tensor, index: Tensor): Tensor {
  return apply(gatherRowsOp, [x, index], null);
}

type ScatterOperands = readonly [base: Tensor, index: Tensor, src: Tensor];

export const scatterRowsOp: KernelOp<ScatterOperands, null> = {
  name: 'scatter_rows',
  infer([base, index, src]) {
    requireRank('scatter_rows', 'base', base, 2);
    requireFloat('scatter_rows', 'base', base);
    requireRank('scatter_rows', 'index', index, 1);
    requireInt('scatter_rows', 'index', index);
    requireSame('scatter_rows', 'src', src, [index.dim(0), base.dim(1)]);
    return [{ shape: base.shape }];
  },
  launch(_, [base, index, src], [out]) {
    copyInto(base, out as Tensor);
    scatterRowsInPlace(out as Tensor, index, src);
  },
  composed([base, index, src]) {
    const [from, rows, values] = [base as Reference, index as Reference, src as Reference];
    const out = reference(from.shape, from.data.slice());
    const columns = from.shape[1] as number;
    values.data.forEach((value, i) => {
      out.data[at(rows, Math.floor(i / columns)) * columns + (i % columns)] = value;
    });
    return [out];
  },
  vjp: {
    keeps: () => ({ inputs: [1] }),
    rule(context, grad) {
      const index = context.input(1);
      const dbase = (): Tensor => {
        using zero = Tensor.zeros([index.dim(0), grad.dim(1)]);
        return scatterRows(grad, index, zero);
      };
      return [
        context.needs(0) ? dbase() : null,
        null,
        context.needs(2) ? gatherRows(grad, index) : null,
      ];
    },
  },
};

/**
 * A copy of base with out[index[i]] = src[i]: image features into token embeddings.
 * @param base  [R, D] f32
 * @param index [N] i32, no row twice
 * @param src   [N, D] f32
 * @returns     [R, D] f32
 */
export function scatterRows(base: Tensor, index: Tensor, src: Tensor): Tensor {
  return apply(scatterRowsOp, [base, index, src], null);
}
