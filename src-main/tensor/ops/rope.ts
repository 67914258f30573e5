import { apply, handleOf } from '../apply.ts';
import type { KernelOp } from '../op.ts';
import { at, generate } from '../reference.ts';
import type { Reference } from '../reference.ts';
import { requireInt, requireRank, requireSame, requireShape } from '../shape-check.ts';
import type { Tensor } from '../tensor.ts';

interface RopeAttrs {
  readonly scale: number;
  readonly inverse: boolean;
}

export const ropeOp: KernelOp<
  readonly [x: Tensor, positions: Tensor, inverseFrequency: Tensor],
  RopeAttrs
> = {
  name: 'rope',
  infer([x, positions, inverseFrequency]) {
    requireRank('rope', 'x', x, 3);
    requireShape(x.dim(2) % 2 === 0, 'rope', 'x', x, 'an even head size');
    requireInt('rope', 'positions', positions);
    requireSame('rope', 'positions', positions, [x.dim(0)]);
    requireSame('rope', 'inverseFrequency', inverseFrequency, [x.dim(2) / 2]);
    return [{ shape: x.shape, dtype: x.dtype }];
  },
  launch(ops, [x, positions, frequency], [out], { scale, inverse }) {
    const noIndex = handleOf(null);
    ops.rope(x.handle, positions.handle, frequency.handle, noIndex, handleOf(out), scale, inverse);
  },
  composed([x, positions, frequency], { scale, inverse }) {
    const source = x as Reference;
    const [, heads, size] = source.shape as [number, number, number];
    const half = size / 2;
    const out = generate(source.shape, (i) => {
      const lane = i % size;
      const row = Math.floor(i / (size * heads));
      const angle = at(positions as Reference, row) * at(frequency as Reference, lane % half);
      const sine = inverse ? -Math.sin(angle) : Math.sin(angle);
      const rotated = lane < half ? -at(source, i + half) : at(source, i - half);
      return scale * (at(source, i) * Math.cos(angle) + rotated * sine);
    });
    return [out];
  },
  vjp: {
    keeps: () => ({ inputs: [1, 2] }),
    rule(context, grad) {
      const { scale, inverse } = context.attrs;
      const operands = [grad, context.input(1), context.input(2)] as const;
      return [apply(ropeOp, operands, { scale, inverse: !inverse }), null, null];
    },
  },
};

/**
 * Rotary position embedding, halves layout: each head is rotated by
 * θ = position · inverseFrequency and multiplied by `scale`.
 * @param x                [N, H, D] f32 | bf16, D even
 * @param positions        [N] i32
 * @param inverseFrequency [D / 2] f32 (scaling variants are a choice of this table)
 * @returns                [N, H, D], dtype of x
 * @source arXiv:2104.09864; numerics as transformers' apply_rotary_pos_emb
 */
export function rope(
  x: Tensor,
  positions: Tensor,
  inverseFrequency: Tensor,
  scale: number,
): Tensor {
  return apply(ropeOp, [x, positions, inverseFrequency], { scale, inverse: false });
}
