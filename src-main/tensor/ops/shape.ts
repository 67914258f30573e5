import { LensmithError } from '../../base/errors.ts';
import { apply } from '../apply.ts';
import type { DType } from '../dtype.ts';
import type { KernelOp, ViewOp } from '../op.ts';
import { at, generate, ravel, reference, unravel } from '../reference.ts';
import type { Reference } from '../reference.ts';
import { requireContiguous, requireFloat, requireShape } from '../shape-check.ts';
import { contiguousStrides, describeTensor, numelOf, Tensor } from '../tensor.ts';
import type { Shape } from '../tensor.ts';
import { copyInto, fillInPlace } from './in-place.ts';

/** Ops that move or relabel elements: cast, contiguous, reshape, slice, transpose, concat. */

export const castOp: KernelOp<readonly [Tensor], { readonly dtype: DType }> = {
  name: 'cast',
  infer: ([x], { dtype }) => [{ shape: x.shape, dtype }],
  launch(_, [x], [out]) {
    copyInto(x, out as Tensor);
  },
  composed: ([x]) => [x as Reference],
  vjp: {
    keeps: () => ({}),
    // In whatever dtype it comes: rules and sums take either.
    rule: (_, grad) => [grad],
  },
};

/** A contiguous copy in another dtype, rounded to nearest even. */
export function cast(x: Tensor, dtype: DType): Tensor {
  return apply(castOp, [x], { dtype });
}

/** x itself when its memory is in order, else a copy that is. */
export function contiguous(x: Tensor): Tensor {
  return x.isContiguous ? x : cast(x, x.dtype);
}

export const reshapeOp: ViewOp<readonly [Tensor], { readonly shape: Shape }> = {
  name: 'reshape',
  view([x], { shape }) {
    requireContiguous('reshape', 'x', x);
    requireShape(numelOf(shape) === x.numel, 'reshape', 'x', x, `${numelOf(shape)} elements`);
    return x.viewAs(shape, contiguousStrides(shape));
  },
  composed: ([x], { shape }) => [reference(shape, (x as Reference).data)],
  vjp: {
    keeps: () => ({}),
    rule: (context, grad) => [reshape(grad, context.inputSpec(0).shape)],
  },
};

/** The same elements in another shape; copies only when the memory is not in order. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  return apply(reshapeOp, [contiguous(x)], { shape });
}

interface SliceAttrs {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
}

function sliceView(x: Tensor, { axis, start, end }: SliceAttrs): Tensor {
  const inside = start >= 0 && start <= end && end <= x.dim(axis);
  requireShape(inside, 'slice', 'x', x, `axis ${axis} to reach from ${start} to ${end}`);
  const shape = x.shape.map((size, i) => (i === axis ? end - start : size));
  const offset = end === start ? 0 : start * (x.strides[axis] as number);
  return x.viewAs(shape, x.strides, offset);
}

export const sliceOp: ViewOp<readonly [Tensor], SliceAttrs> = {
  name: 'slice',
  view: ([x], attrs) => sliceView(x, attrs),
  composed([x], { axis, start, end }) {
    const source = x as Reference;
    const shape = source.shape.map((size, i) => (i === axis ? end - start : size));
    const value = (i: number): number => {
      const indices = unravel(i, shape).map((n, a) => (a === axis ? n + start : n));
      return at(source, ravel(indices, source.shape));
    };
    return [generate(shape, value)];
  },
  vjp: {
    keeps: () => ({}),
    rule(context, grad) {
      const dx = Tensor.empty(context.inputSpec(0).shape);
      fillInPlace(dx, 0);
      using part = sliceView(dx, context.attrs);
      copyInto(grad, part);
      return [dx];
    },
  },
};

/** x[..., start:end, ...] along one axis: a view of the same memory. */
export function slice(x: Tensor, axis: number, start: number, end: number): Tensor {
  return apply(sliceOp, [x], { axis: axis < 0 ? x.rank + axis : axis, start, end });
}

export const transposeOp: ViewOp<readonly [Tensor], { readonly axes: readonly number[] }> = {
  name: 'transpose',
  view([x], { axes }) {
    const ordered = [...axes].sort((a, b) => a - b);
    const permutes = axes.length === x.rank && ordered.every((axis, i) => axis === i);
    requireShape(permutes, 'transpose', 'x', x, `axes [${axes.join(', ')}]`);
    return x.viewAs(
      axes.map((axis) => x.dim(axis)),
      axes.map((axis) => x.strides[axis] as number),
    );
  },
  composed([x], { axes }) {
    const source = x as Reference;
    const shape = axes.map((axis) => source.shape[axis] as number);
    const value = (i: number): number => {
      const indices = new Array<number>(axes.length);
      unravel(i, shape).forEach((n, position) => {
        indices[axes[position] as number] = n;
      });
      return at(source, ravel(indices, source.shape));
    };
    return [generate(shape, value)];
  },
  vjp: {
    keeps: () => ({}),
    rule(context, grad) {
      const inverse = new Array<number>(context.attrs.axes.length);
      context.attrs.axes.forEach((axis, i) => {
        inverse[axis] = i;
      });
      return [transpose(grad, inverse)];
    },
  },
};

/** Axes in another order: a view; contiguous() puts the memory in order. */
export function transpose(x: Tensor, axes: readonly number[]): Tensor {
  return apply(transposeOp, [x], { axes });
}

export const concatOp: KernelOp<readonly Tensor[], { readonly axis: number }> = {
  name: 'concat',
  infer(parts, { axis }) {
    const first = parts[0];
    if (first === undefined) {
      throw new LensmithError('tensor/missing-operand', 'concat: there is nothing to join.');
    }
    for (const part of parts) {
      requireFloat('concat', 'x', part);
      const fits =
        part.rank === first.rank && part.shape.every((n, i) => i === axis || n === first.shape[i]);
      requireShape(fits, 'concat', 'x', part, `${describeTensor(first)} outside of axis ${axis}`);
    }
    const total = parts.reduce((sum, part) => sum + part.dim(axis), 0);
    return [{ shape: first.shape.map((size, i) => (i === axis ? total : size)) }];
  },
  launch(_, parts, [out], { axis }) {
    let start = 0;
    for (const part of parts) {
      const end = start + part.dim(axis);
      using target = sliceView(out as Tensor, { axis, start, end });
      copyInto(part, target);
      start = end;
    }
  },
  composed(parts, { axis }) {
    const sources = parts as readonly Reference[];
    const sizes = sources.map((part) => part.shape[axis] as number);
    const shape = [...(sources[0] as Reference).shape];
    shape[axis] = sizes.reduce((sum, size) => sum + size, 0);
    const value = (i: number): number => {
      const indices = unravel(i, shape);
      let which = 0;
      while ((indices[axis] as number) >= (sizes[which] as number)) {
        indices[axis] = (indices[axis] as number) - (sizes[which] as number);
        which++;
      }
      const source = sources[which] as Reference;
      return at(source, ravel(indices, source.shape));
    };
    return [generate(shape, value)];
  },
  vjp: {
    keeps: () => ({}),
    rule(context, grad) {
      const { axis } = context.attrs;
      const grads: (Tensor | null)[] = [];
      let start = 0;
      for (let i = 0; i < context.inputCount; i++) {
        const end = start + (context.inputSpec(i).shape[axis] as number);
        grads.push(context.needs(i) ? sliceView(grad, { axis, start, end }) : null);
        start = end;
      }
      return grads;
    },
  },
};

/** Parts joined along one axis. @param parts same shape but for that axis, any float @returns f32 */
export function concat(parts: readonly Tensor[], axis = 0): Tensor {
  const rank = parts[0]?.rank ?? 0;
  return apply(concatOp, parts, { axis: axis < 0 ? rank + axis : axis });
}
