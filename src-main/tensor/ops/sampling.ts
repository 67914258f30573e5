import { apply, applyAll, expectTensor, handleOf } from '../apply.ts';
import { notDifferentiable } from '../op.ts';
import type { KernelOp } from '../op.ts';
import { philox } from '../philox.ts';
import { foldRows, reference } from '../reference.ts';
import type { Reference } from '../reference.ts';
import { requireInt, requireRank, requireShape } from '../shape-check.ts';
import type { Tensor } from '../tensor.ts';

const discrete = notDifferentiable('a token id does not vary continuously with the logits');

function rowOf(x: Reference, row: number): Float64Array {
  const { columns } = foldRows(x);
  return x.data.subarray(row * columns, (row + 1) * columns);
}

/** Indices of a row by falling value, ties by index. */
function ranking(row: Float64Array): number[] {
  const value = (i: number): number => row[i] as number;
  return Array.from(row.keys()).sort((a, b) => value(b) - value(a) || a - b);
}

export const argmaxOp: KernelOp<readonly [Tensor], null> = {
  name: 'argmax',
  infer([logits]) {
    requireRank('argmax', 'logits', logits, 2);
    return [{ shape: [logits.dim(0)], dtype: 'i32' }];
  },
  launch(ops, [logits], [out]) {
    ops.argmax(logits.handle, handleOf(out));
  },
  composed([logits]) {
    const source = logits as Reference;
    const { rows } = foldRows(source);
    return [
      reference(
        [rows],
        new Float64Array(rows).map((_, r) => ranking(rowOf(source, r))[0] ?? 0),
      ),
    ];
  },
  vjp: discrete,
};

/** Index of the largest logit of each row, the lowest where equal. @param logits [R, V] f32 @returns [R] i32 */
export function argmax(logits: Tensor): Tensor {
  return apply(argmaxOp, [logits], null);
}

export const topKOp: KernelOp<readonly [Tensor], { readonly k: number }> = {
  name: 'top_k',
  infer([logits], { k }) {
    requireRank('top_k', 'logits', logits, 2);
    requireShape(k <= logits.dim(1), 'top_k', 'logits', logits, `at least ${k} columns`);
    const shape = [logits.dim(0), k];
    return [{ shape }, { shape, dtype: 'i32' }];
  },
  launch(ops, [logits], [values, indices]) {
    ops.top_k(logits.handle, handleOf(values), handleOf(indices));
  },
  composed([logits], { k }) {
    const source = logits as Reference;
    const { rows } = foldRows(source);
    const [values, indices] = [reference([rows, k]), reference([rows, k])];
    for (let r = 0; r < rows; r++) {
      const row = rowOf(source, r);
      ranking(row)
        .slice(0, k)
        .forEach((token, i) => {
          values.data[r * k + i] = row[token] as number;
          indices.data[r * k + i] = token;
        });
    }
    return [values, indices];
  },
  vjp: discrete,
};

/** The k largest of each row, falling. @param logits [R, V] f32 @returns values f32, indices i32, both [R, k] */
export function topK(logits: Tensor, k: number): { values: Tensor; indices: Tensor } {
  const [values, indices] = applyAll(topKOp, [logits], { k });
  return { values: expectTensor(values, 'top_k'), indices: expectTensor(indices, 'top_k') };
}

export interface SampleAttrs {
  /** > 0; logits are divided by it. */
  readonly temperature: number;
  /** Keeps this many of the largest; 0 keeps all. */
  readonly topK: number;
  /** Keeps the smallest set of this probability, in (0, 1]. */
  readonly topP: number;
  /** 1 leaves logits of tokens in the history as they are. */
  readonly repetitionPenalty: number;
  readonly seed: number;
  /** Number of the draw: each token of a sequence takes its own. */
  readonly stream: number;
}

export const sampleOp: KernelOp<readonly [logits: Tensor, history: Tensor | null], SampleAttrs> = {
  name: 'sample',
  infer([logits, history]) {
    requireRank('sample', 'logits', logits, 2);
    if (history) {
      requireRank('sample', 'history', history, 2);
      requireInt('sample', 'history', history);
    }
    return [{ shape: [logits.dim(0)], dtype: 'i32' }];
  },
  launch(ops, [logits, history], [out], a) {
    // prettier-ignore
    ops.sample(logits.handle, handleOf(history), handleOf(out), a.temperature, a.topP,
      a.repetitionPenalty, a.topK, a.seed, a.stream);
  },
  composed([logits, history], attrs) {
    const source = logits as Reference;
    const { rows } = foldRows(source);
    const draw = (r: number): number =>
      sampleRow(rowOf(source, r), history ? rowOf(history, r) : null, r, attrs);
    return [
      reference(
        [rows],
        new Float64Array(rows).map((_, r) => draw(r)),
      ),
    ];
  },
  vjp: discrete,
};

function sampleRow(
  logits: Float64Array,
  history: Float64Array | null,
  row: number,
  attrs: SampleAttrs,
): number {
  const adjusted = logits.slice();
  for (const token of new Set(history ?? [])) {
    const logit = adjusted[token];
    if (logit === undefined) continue;
    adjusted[token] = logit > 0 ? logit / attrs.repetitionPenalty : logit * attrs.repetitionPenalty;
  }
  const value = (token: number): number => (adjusted[token] as number) / attrs.temperature;
  let kept = ranking(adjusted);
  if (attrs.topK > 0) kept = kept.slice(0, attrs.topK);
  const largest = value(kept[0] as number);
  const weights = kept.map((token) => Math.exp(value(token) - largest));
  const total = weights.reduce((sum, w) => sum + w, 0);
  let nucleus = 0;
  const chosen = new Map<number, number>();
  for (const [i, weight] of weights.entries()) {
    if (i > 0 && nucleus >= attrs.topP * total) break;
    chosen.set(kept[i] as number, weight);
    nucleus += weight;
  }
  const words = philox([attrs.seed >>> 0, 0], [row >>> 2, 0, attrs.stream >>> 0, 0]);
  const target = (((words[row % 4] as number) >>> 8) / 2 ** 24) * nucleus;
  // In the order of ids, as the kernel walks: any fixed order draws from the same distribution.
  const ids = [...chosen.keys()].sort((a, b) => a - b);
  let passed = 0;
  for (const id of ids) {
    passed += chosen.get(id) as number;
    if (target < passed) return id;
  }
  return ids.at(-1) as number;
}

/**
 * Draws a token for each row: repetition penalty, temperature, top-k, top-p, in that order.
 * @param logits  [R, V] f32
 * @param history [R, H] i32, −1 where empty: tokens that the penalty applies to
 * @returns       [R] i32
 * @source order and rules as transformers' logits processors
 */
export function sample(logits: Tensor, history: Tensor | null, attrs: SampleAttrs): Tensor {
  return apply(sampleOp, [logits, history], attrs);
}
