/** Forward and backward of one step. */
import { Gradients } from '../autograd/gradients.ts';
import { Tape } from '../autograd/tape.ts';
import { Random } from '../base/random.ts';
import type { Llava, LlavaInputs } from '../models/llava.ts';
import { withDropout } from '../nn/dropout-context.ts';
import { packSequences } from '../nn/sequence.ts';
import type { PackedSequences } from '../nn/sequence.ts';
import type { CrossEntropy } from '../tensor/ops/linear-cross-entropy.ts';
import { scoped } from '../tensor/scope.ts';
import { Tensor } from '../tensor/tensor.ts';
import type { MicroBatch, StepBatch, VisionInput } from './batch.ts';

export interface StepOptions {
  /** So many of the decoder's layers compute their activations twice; the tower's do where any does. */
  readonly recompute: number;
  /** Of the dropped elements; the same for the same step of the same run. */
  readonly dropoutSeed: number;
}

export interface StepResult extends Disposable {
  /** Σ over the step's supervised tokens of −log p, divided by their number. */
  readonly loss: number;
  readonly gradients: Gradients;
  /** Loss of each sample, in the order of the batch: what a diagnosis reads. */
  sampleLosses(): Promise<{ readonly id: string; readonly loss: number }[]>;
}

/** Seed of the random numbers of one step, from that of the run. */
export function stepSeed(seed: number, step: number): number {
  return new Random((Math.imul(seed, 0x9e3779b1) ^ step) >>> 0).uint32();
}

/**
 * The loss of a step and its gradients, accumulated over the micro-batches: each
 * weighs its tokens by 1 / (supervised tokens of the whole step), so that the sum
 * is the mean over all of them however they are split.
 */
export async function runStep(
  model: Llava,
  batch: StepBatch,
  options: StepOptions,
): Promise<StepResult> {
  const gradients = new Gradients();
  const results: CrossEntropy[] = [];
  const dispose = (): void => {
    gradients[Symbol.dispose]();
    for (const { loss, losses } of results) for (const tensor of [loss, losses]) tensor.dispose();
  };
  try {
    for (const [i, microBatch] of batch.microBatches.entries()) {
      const seed = stepSeed(options.dropoutSeed, i);
      results.push(
        withDropout({ seed }, () =>
          backward(model, microBatch, batch.supervisedTokens, gradients, options.recompute),
        ),
      );
    }
    let loss = 0;
    for (const result of results) loss += await result.loss.item();
    return {
      loss,
      gradients,
      sampleLosses: () => sampleLosses(batch, results),
      [Symbol.dispose]: dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}

function backward(
  model: Llava,
  batch: MicroBatch,
  supervisedTokens: number,
  gradients: Gradients,
  recompute: number,
): CrossEntropy {
  // Outlives the backward pass, in which recomputed layers read it again.
  using sequences = packSequences(batch.packed.lengths);
  const result = scoped(() => {
    using tape = new Tape();
    const weight = 1 / supervisedTokens;
    const result = tape.run(() => batchLoss(model, batch, sequences, weight, recompute));
    using found = tape.backward(result.loss);
    for (const id of found.ids()) {
      using gradient = found.take(id);
      if (gradient !== null) gradients.accumulate(id, gradient);
    }
    return result;
  });
  result.loss.keep();
  result.losses.keep();
  return result;
}

/**
 * Loss of one packed batch; nothing is kept for a gradient unless a tape records.
 * @param rowWeight of every supervised token
 * @param recompute as in StepOptions
 */
export function batchLoss(
  model: Llava,
  { packed, vision }: MicroBatch,
  sequences: PackedSequences,
  rowWeight: number,
  recompute = 0,
): CrossEntropy {
  return scoped(() => {
    const features = visionFeatures(model, vision, recompute > 0);
    const inputs: LlavaInputs = { inputIds: packed.inputIds, sequences, features };
    return model.loss(inputs, packed, rowWeight, { recompute });
  });
}

function visionFeatures(model: Llava, vision: VisionInput, recompute: boolean): Tensor | null {
  const { numChannels, imageSize, hiddenSize } = model.visionTower;
  switch (vision.kind) {
    case 'none':
      return null;
    case 'pixels': {
      const shape = [vision.images, numChannels, imageSize, imageSize];
      return model.visionFeatures(Tensor.from(vision.values, shape), { recompute });
    }
    case 'features': {
      const columns = hiddenSize * model.config.featureDepths.length;
      return Tensor.from(vision.values, [vision.values.length / columns, columns]);
    }
  }
}

async function sampleLosses(
  batch: StepBatch,
  results: readonly CrossEntropy[],
): Promise<{ id: string; loss: number }[]> {
  const found: { id: string; loss: number }[] = [];
  for (const [i, { packed }] of batch.microBatches.entries()) {
    const values = await (results[i] as CrossEntropy).losses.readFloats();
    let at = 0;
    for (const [s, count] of packed.rowCounts.entries()) {
      const own = values.subarray(at, at + count);
      at += count;
      const loss = own.reduce((sum, value) => sum + value, 0) / Math.max(1, count);
      found.push({ id: packed.sampleIds[s] as string, loss });
    }
  }
  return found;
}
