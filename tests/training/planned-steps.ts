/** Training steps of small models: what they are planned to need, and what the engine then used. */
import { packSamples, tailTokens } from '../../src-main/data/packing.ts';
import { defaultLoraConfig } from '../../src-main/formats/adapters/peft.ts';
import type { LoadedModel } from '../../src-main/models/load.ts';
import { memoryStats, resetPeakMemory, synchronize } from '../../src-main/tensor/device.ts';
import { createAdapters } from '../../src-main/training/adapters.ts';
import { stepBatch } from '../../src-main/training/batch.ts';
import type { StepBatch } from '../../src-main/training/batch.ts';
import { AdamW, adamWDefaults } from '../../src-main/training/optimizer.ts';
import type { OptimizerName } from '../../src-main/training/optimizer-state.ts';
import { partOf, trainAdapters, trainWeights } from '../../src-main/training/parts.ts';
import type { Trainable } from '../../src-main/training/parts.ts';
import { runStep } from '../../src-main/training/step.ts';

export const config = {
  model_type: 'llava',
  image_token_index: 3,
  vision_config: {
    model_type: 'clip_vision_model',
    hidden_size: 96,
    intermediate_size: 384,
    num_hidden_layers: 3,
    num_attention_heads: 4,
    image_size: 48,
    patch_size: 8,
  },
  text_config: {
    model_type: 'llama',
    hidden_size: 256,
    intermediate_size: 704,
    num_hidden_layers: 3,
    num_attention_heads: 8,
    vocab_size: 2000,
  },
};

export function configWith(text: Readonly<Record<string, unknown>>) {
  return { ...config, text_config: { ...config.text_config, ...text } };
}

/** Two samples of so many tokens together, with a picture each, half of the words under loss. */
export function batchOf({ model }: LoadedModel, tokens: number): StepBatch {
  const image = model.tokensPerImage;
  const sample = (id: string) => {
    const inputIds = Int32Array.from({ length: tokens / 2 }, (_, i) =>
      i >= 1 && i <= image ? 3 : 10 + (i % 500),
    );
    const labels = inputIds.slice().fill(-100, 0, image + (tokens / 2 - image) / 2);
    return { id, inputIds, labels, imageCount: 1 };
  };
  const packed = packSamples([sample('a'), sample('b')]);
  const values = new Float32Array(2 * image * model.visionTower.hiddenSize).fill(0.1);
  return stepBatch([{ packed, vision: { kind: 'features', values } }]);
}

export type Choose = (loaded: LoadedModel) => Trainable[];

export const adapters: Choose = (loaded) => {
  const targetModules = '.*language_model.*_proj';
  createAdapters(loaded, { ...defaultLoraConfig, rank: 16, alpha: 32, targetModules }, 0);
  return trainAdapters(loaded, ['llm']);
};
export const allButTower: Choose = (loaded) =>
  trainWeights(loaded, (name) => partOf(name) !== 'vision');
export const projector: Choose = (loaded) =>
  trainWeights(loaded, (name) => partOf(name) === 'projector');

/** Largest bytes in use in two steps: the first one also makes the optimiser's state. */
export async function measure(
  loaded: LoadedModel,
  trainables: readonly Trainable[],
  batch: StepBatch,
  recompute: number,
  name: OptimizerName,
): Promise<number> {
  const settings = { ...adamWDefaults, weightDecay: 0, maxGradNorm: 1, optimizer: name };
  using optimizer = new AdamW(trainables, settings);
  await synchronize();
  resetPeakMemory();
  for (let step = 0; step < 2; step++) {
    using result = await runStep(loaded.model, batch, { recompute, dropoutSeed: 0 });
    using measured = await optimizer.measure(result.gradients);
    optimizer.apply(measured, () => 1e-4);
  }
  await synchronize();
  return memoryStats().peakBytes;
}

export function sizesOf({ tokens, supervisedTokens, microBatches }: StepBatch) {
  const [{ packed }] = microBatches as [StepBatch['microBatches'][number]];
  return { tokens, supervisedTokens, tailTokens: tailTokens(packed), images: 2 };
}
