import { applyAll, expectTensor, handleOf } from '../apply.ts';
import type { KernelOp } from '../op.ts';
import { at, generate, reference } from '../reference.ts';
import type { Reference } from '../reference.ts';
import { requireFloat, requireInt, requireRank, requireSame } from '../shape-check.ts';
import type { Tensor } from '../tensor.ts';
import { mulInPlace } from './in-place.ts';

type LossOperands = readonly [hidden: Tensor, weight: Tensor, targets: Tensor, rowWeights: Tensor];

export const linearCrossEntropyOp: KernelOp<LossOperands, null> = {
  name: 'linear_cross_entropy',
  infer([hidden, weight, targets, rowWeights], _, needs) {
    const op = 'linear_cross_entropy';
    requireRank(op, 'hidden', hidden, 2);
    requireRank(op, 'weight', weight, 2);
    requireFloat(op, 'weight', weight);
    requireSame(op, 'weight', weight, [weight.dim(0), hidden.dim(1)]);
    requireInt(op, 'targets', targets);
    requireSame(op, 'targets', targets, [hidden.dim(0)]);
    requireSame(op, 'rowWeights', rowWeights, [hidden.dim(0)]);
    return [
      { shape: [1] },
      { shape: [hidden.dim(0)] },
      needs[0] ? { shape: hidden.shape } : null,
      needs[1] ? { shape: weight.shape } : null,
    ];
  },
  launch(ops, [hidden, weight, targets, rowWeights], [loss, losses, dhidden, dweight]) {
    // prettier-ignore
    ops.linear_cross_entropy(hidden.handle, weight.handle, targets.handle, rowWeights.handle,
      handleOf(losses), handleOf(loss), handleOf(dhidden), handleOf(dweight));
  },
  composed([hidden, weight, targets, rowWeights]) {
    const [h, w] = [hidden as Reference, weight as Reference];
    const [rows, size] = h.shape as [number, number];
    const vocabulary = w.shape[0] as number;
    const losses = generate([rows], (row) => {
      const logits = Array.from({ length: vocabulary }, (_, token) => {
        let total = 0;
        for (let i = 0; i < size; i++) total += at(h, row * size + i) * at(w, token * size + i);
        return total;
      });
      const largest = Math.max(...logits);
      const total = logits.reduce((sum, x) => sum + Math.exp(x - largest), 0);
      return largest + Math.log(total) - (logits[at(targets as Reference, row)] ?? NaN);
    });
    const loss = reference([1]);
    losses.data.forEach((value, row) => {
      loss.data[0] = at(loss, 0) + at(rowWeights as Reference, row) * value;
    });
    return [loss, losses];
  },
  vjp: {
    // The kernel forms the gradients while a chunk's logits are at hand; here they are only scaled,
    // in place, since that of the weight is as large as the weight and nobody else has them.
    keeps: (needs) => ({ outputs: [...(needs[0] ? [2] : []), ...(needs[1] ? [3] : [])] }),
    rule: (context, grad) => [
      context.needs(0) ? scaledBy(context.output(2), grad) : null,
      context.needs(1) ? scaledBy(context.output(3), grad) : null,
      null,
      null,
    ],
  },
};

/** @param factor [1] */
function scaledBy(gradient: Tensor, factor: Tensor): Tensor {
  mulInPlace(gradient, factor);
  return gradient;
}

export interface CrossEntropy {
  /** [1] f32: Σ rowWeights · losses. Differentiable. */
  readonly loss: Tensor;
  /** [R] f32: −log p(target) of each row. Not differentiable. */
  readonly losses: Tensor;
}

/**
 * Language-model head and cross-entropy in one, over supervised rows only:
 * losses[r] = logsumexp(hidden_r · weightᵀ) − logit of targets[r].
 * Rows are worked in chunks; tokens × vocabulary never exists.
 * @param hidden     [R, D] f32
 * @param weight     [V, D] any float dtype
 * @param targets    [R] i32 in 0..V-1
 * @param rowWeights [R] f32: weight of each row in the loss (1 / R for a mean)
 */
export function linearCrossEntropy(
  hidden: Tensor,
  weight: Tensor,
  targets: Tensor,
  rowWeights: Tensor,
): CrossEntropy {
  const operands = [hidden, weight, targets, rowWeights] as const;
  const [loss, losses, ...gradients] = applyAll(linearCrossEntropyOp, operands, null);
  for (const gradient of gradients) gradient?.dispose(); // the tape has aliases
  return {
    loss: expectTensor(loss, 'linear_cross_entropy'),
    losses: expectTensor(losses, 'linear_cross_entropy'),
  };
}
