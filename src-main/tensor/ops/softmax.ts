import { addon } from '../native.ts';
import { apply, handleOf } from '../apply.ts';
import type { KernelOp } from '../op.ts';
import { at, foldRows, reference } from '../reference.ts';
import type { Reference } from '../reference.ts';
import { requireRank } from '../shape-check.ts';
import { Tensor } from '../tensor.ts';

export const softmaxOp: KernelOp<readonly [Tensor], null> = {
  name: 'softmax',
  infer([x]) {
    requireRank('softmax', 'x', x, 2);
    return [{ shape: x.shape }];
  },
  launch(ops, [x], [out]) {
    ops.softmax(x.handle, handleOf(out));
  },
  composed([x]) {
    const source = x as Reference;
    const { rows, columns } = foldRows(source);
    const out = reference(source.shape);
    for (let row = 0; row < rows; row++) {
      const values = source.data.subarray(row * columns, (row + 1) * columns);
      const largest = values.reduce((m, v) => Math.max(m, v), -Infinity);
      const total = values.reduce((s, v) => s + Math.exp(v - largest), 0);
      for (let i = 0; i < columns; i++) {
        out.data[row * columns + i] = Math.exp(at(source, row * columns + i) - largest) / total;
      }
    }
    return [out];
  },
  vjp: {
    keeps: () => ({ outputs: [0] }),
    rule(context, grad) {
      const out = context.output(0);
      const dx = Tensor.empty(out.shape);
      addon().ops.softmax_backward(out.handle, grad.handle, dx.handle);
      return [dx];
    },
  },
};

/** softmax over the last axis. @param x [N, D] f32, contiguous @returns [N, D] f32 */
export function softmax(x: Tensor): Tensor {
  return apply(softmaxOp, [x], null);
}
