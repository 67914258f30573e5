import { apply, handleOf } from '../apply.ts';
import { notDifferentiable } from '../op.ts';
import type { KernelOp } from '../op.ts';
import { at, reference } from '../reference.ts';
import type { Reference } from '../reference.ts';
import { requireContiguous, requireFloat, requireShape } from '../shape-check.ts';
import { contiguousStrides, numelOf, Tensor } from '../tensor.ts';
import type { Shape } from '../tensor.ts';
import { copyInto } from './in-place.ts';
import { scale } from './scale.ts';

const kinds = { sum: 0, mean: 1, max: 2 } as const;

interface ReduceAttrs {
  readonly kind: keyof typeof kinds;
  readonly axis: number;
}

/** The three sizes around an axis: what lies outside of it, itself, what lies inside. */
function around(shape: Shape, axis: number): [number, number, number] {
  return [numelOf(shape.slice(0, axis)), shape[axis] ?? 1, numelOf(shape.slice(axis + 1))];
}

function without(shape: Shape, axis: number): number[] {
  return shape.filter((_, i) => i !== axis);
}

export const reduceOp: KernelOp<readonly [Tensor], ReduceAttrs> = {
  name: 'reduce',
  infer([x], { axis, kind }) {
    requireFloat('reduce', 'x', x);
    // The axes are folded into three below, which strides would not survive.
    requireContiguous('reduce', 'x', x);
    requireShape(axis >= 0 && axis < x.rank, 'reduce', 'x', x, `an axis ${axis}`);
    requireShape(kind === 'sum' || x.dim(axis) > 0, 'reduce', 'x', x, 'something to reduce');
    return [{ shape: without(x.shape, axis) }];
  },
  launch(ops, [x], [out], { kind, axis }) {
    const [outer, n, inner] = around(x.shape, axis);
    using folded = x.viewAs([outer, n, inner], [n * inner, inner, 1]);
    using target = (out as Tensor).viewAs([outer, inner], [inner, 1]);
    ops.reduce(folded.handle, handleOf(target), kinds[kind]);
  },
  composed([x], { kind, axis }) {
    const source = x as Reference;
    const [outer, n, inner] = around(source.shape, axis);
    const out = reference(without(source.shape, axis));
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < inner; i++) {
        let value = kind === 'max' ? -Infinity : 0;
        for (let r = 0; r < n; r++) {
          const next = at(source, (o * n + r) * inner + i);
          value = kind === 'max' ? Math.max(value, next) : value + next;
        }
        out.data[o * inner + i] = kind === 'mean' ? value / n : value;
      }
    }
    return [out];
  },
  vjp: {
    keeps: () => ({}),
    rule(context, grad) {
      const { kind, axis } = context.attrs;
      const { shape } = context.inputSpec(0);
      const [outer, n, inner] = around(shape, axis);
      using seen = grad.viewAs([outer, n, inner], [inner, 0, 1]);
      const spread = Tensor.empty(shape);
      using target = spread.viewAs([outer, n, inner], [n * inner, inner, 1]);
      copyInto(seen, target);
      return [kind === 'mean' ? scale(spread, 1 / n) : spread];
    },
  },
};

export const maxOp: KernelOp<readonly [Tensor], ReduceAttrs> = {
  ...reduceOp,
  vjp: notDifferentiable('where several elements are the largest, there is no gradient'),
};

/** Σ over one axis, which goes; summed in f64. @param x [...] any float @returns f32 */
export function sum(x: Tensor, axis: number): Tensor {
  return apply(reduceOp, [x], { kind: 'sum', axis: axis < 0 ? x.rank + axis : axis });
}

/** Arithmetic mean over one axis, which goes. */
export function mean(x: Tensor, axis: number): Tensor {
  return apply(reduceOp, [x], { kind: 'mean', axis: axis < 0 ? x.rank + axis : axis });
}

/** Largest value over one axis, which goes. */
export function max(x: Tensor, axis: number): Tensor {
  return apply(maxOp, [x], { kind: 'max', axis: axis < 0 ? x.rank + axis : axis });
}

/** A gradient summed down to the shape of an operand that was broadcast over leading axes. */
export function sumToShape(grad: Tensor, shape: Shape): Tensor {
  const count = numelOf(shape);
  if (grad.numel === count) return grad.viewAs(shape, contiguousStrides(shape));
  using folded = grad.viewAs([grad.numel / count, count], [count, 1]);
  const total = sum(folded, 0);
  return total.viewAs(shape, contiguousStrides(shape));
}
