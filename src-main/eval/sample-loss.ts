import { supervisedRows } from '../data/supervised-rows.ts';
import type { Llava } from '../models/llava.ts';
import { packSequences } from '../nn/sequence.ts';
import { scoped } from '../tensor/scope.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Negative log-likelihood of the tokens under loss, summed, in nats. */
export interface SampleLoss {
  readonly sum: number;
  /** Tokens under loss. */
  readonly tokens: number;
}

/**
 * Loss of one sequence; without tokens under loss nothing is computed.
 * @param sample   ids [T] and labels [T], not shifted
 * @param features [B·tokensPerImage, C], or null without images
 */
export async function sampleLoss(
  model: Llava,
  sample: { readonly inputIds: Int32Array; readonly labels: Int32Array },
  features: Tensor | null,
): Promise<SampleLoss> {
  const supervised = supervisedRows(sample.labels);
  const tokens = supervised.rows.length;
  if (tokens === 0) return { sum: 0, tokens: 0 };
  using losses = scoped(() => {
    using sequences = packSequences([sample.inputIds.length]);
    const inputs = { inputIds: sample.inputIds, sequences, features };
    return model.loss(inputs, supervised, 1 / tokens).losses;
  });
  let sum = 0;
  for (const value of await losses.readFloats()) sum += value;
  return { sum, tokens };
}
