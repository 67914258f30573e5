import { addon } from '../native.ts';
import { apply, handleOf } from '../apply.ts';
import type { KernelOp } from '../op.ts';
import { at, reference } from '../reference.ts';
import type { Reference } from '../reference.ts';
import { requireInt, requireRank, requireSame, requireShape } from '../shape-check.ts';
import { Tensor } from '../tensor.ts';

type AttentionOperands = readonly [
  q: Tensor,
  k: Tensor,
  v: Tensor,
  qOffsets: Tensor,
  kOffsets: Tensor,
];

export interface AttentionAttrs {
  /** Factor of q·k, usually 1/sqrt(D). */
  readonly scale: number;
  readonly causal: boolean;
  /** Keys further back than this are not seen; 0 sees all. */
  readonly window: number;
  /**
   * Whether operands may be rounded to 16 bits as they are multiplied, as the model's weights are:
   * devices that have cooperative matrices then use them. Sums stay f32. Default false.
   */
  readonly reduced?: boolean;
}

export const attentionOp: KernelOp<AttentionOperands, AttentionAttrs> = {
  name: 'attention',
  infer([q, k, v, qOffsets, kOffsets]) {
    requireRank('attention', 'q', q, 3);
    requireRank('attention', 'k', k, 3);
    const grouped = k.dim(2) === q.dim(2) && k.dim(1) > 0 && q.dim(1) % k.dim(1) === 0;
    requireShape(grouped, 'attention', 'k', k, `heads that divide ${q.dim(1)}, of ${q.dim(2)}`);
    requireSame('attention', 'v', v, k.shape);
    requireRank('attention', 'qOffsets', qOffsets, 1);
    requireInt('attention', 'qOffsets', qOffsets);
    requireSame('attention', 'kOffsets', kOffsets, qOffsets.shape);
    return [{ shape: q.shape, dtype: q.dtype }, { shape: [q.dim(0), q.dim(1)] }];
  },
  launch(ops, [q, k, v, qOffsets, kOffsets], [out, lse], attrs) {
    const { scale, causal, window, reduced = false } = attrs;
    // prettier-ignore
    ops.attention(q.handle, k.handle, v.handle, qOffsets.handle, kOffsets.handle,
      handleOf(out), handleOf(lse), scale, causal, window, reduced);
  },
  composed(inputs, attrs) {
    return composedAttention(inputs as readonly Reference[], attrs);
  },
  vjp: {
    keeps: () => ({ inputs: [0, 1, 2, 3, 4], outputs: [0, 1] }),
    rule(context, grad) {
      const { scale, causal, window, reduced = false } = context.attrs;
      const [q, k, v] = [context.input(0), context.input(1), context.input(2)];
      const [dq, dk, dv] = [gradientOf(q), gradientOf(k), gradientOf(v)];
      // prettier-ignore
      addon().ops.attention_backward(q.handle, k.handle, v.handle,
        context.input(3).handle, context.input(4).handle,
        context.output(0).handle, context.output(1).handle, grad.handle,
        dq.handle, dk.handle, dv.handle, scale, causal, window, reduced);
      return [dq, dk, dv, null, null];
    },
  },
};

/** Memory for the gradient of a value: of its shape and dtype, in order. */
function gradientOf(value: Tensor): Tensor {
  return Tensor.empty(value.shape, value.dtype);
}

/** Legend: N query rows, M key rows, H query heads, G key-value heads, D head size. */
function composedAttention(inputs: readonly Reference[], attrs: AttentionAttrs): Reference[] {
  const [q, k, v, qOffsets, kOffsets] = inputs as [
    Reference,
    Reference,
    Reference,
    Reference,
    Reference,
  ];
  const [rows, heads, size] = q.shape as [number, number, number];
  const groups = k.shape[1] as number;
  const out = reference(q.shape);
  const lse = reference([rows, heads]);
  lse.data.fill(-Infinity);
  const dot = (i: number, j: number): number => {
    let total = 0;
    for (let d = 0; d < size; d++) total += at(q, i * size + d) * at(k, j * size + d);
    return total * attrs.scale;
  };
  for (let s = 0; s + 1 < qOffsets.data.length; s++) {
    const [q0, q1] = [at(qOffsets, s), at(qOffsets, s + 1)];
    const [k0, k1] = [at(kOffsets, s), at(kOffsets, s + 1)];
    const shift = k1 - k0 - (q1 - q0);
    for (let row = q0; row < q1; row++) {
      const diagonal = row - q0 + shift;
      const last = attrs.causal ? Math.min(k1 - k0 - 1, diagonal) : k1 - k0 - 1;
      const first = attrs.causal && attrs.window > 0 ? Math.max(0, diagonal - attrs.window + 1) : 0;
      for (let h = 0; h < heads; h++) {
        const key = (j: number): number => (k0 + j) * groups + Math.floor(h / (heads / groups));
        const scores: number[] = [];
        for (let j = first; j <= last; j++) scores.push(dot(row * heads + h, key(j)));
        if (scores.length === 0) continue;
        const largest = Math.max(...scores);
        const total = scores.reduce((sum, x) => sum + Math.exp(x - largest), 0);
        lse.data[row * heads + h] = largest + Math.log(total);
        scores.forEach((score, n) => {
          const p = Math.exp(score - largest) / total;
          for (let d = 0; d < size; d++) {
            const o = (row * heads + h) * size + d;
            out.data[o] = at(out, o) + p * at(v, key(first + n) * size + d);
          }
        });
      }
    }
  }
  return [out, lse];
}

/**
 * Attention over packed segments: softmax(scale · q kᵀ) v within each segment;
 * no T×T matrix is kept. Contract in native/ops/attention.h.
 * @param q        [N, H, D] f32 | bf16, rows contiguous
 * @param k        [M, G, D] f32 | bf16; query head h reads key head h / (H / G)
 * @param v        [M, G, D] f32 | bf16
 * @param qOffsets [S + 1] i32: segment s owns query rows qOffsets[s] .. qOffsets[s + 1]
 * @param kOffsets [S + 1] i32, likewise for keys; causal aligns the last query with the last key
 * @returns        [N, H, D], dtype of q
 * @source arXiv:2205.14135, arXiv:2307.08691
 */
export function attention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  qOffsets: Tensor,
  kOffsets: Tensor,
  attrs: AttentionAttrs,
): Tensor {
  return apply(attentionOp, [q, k, v, qOffsets, kOffsets], attrs);
}
