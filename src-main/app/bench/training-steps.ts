/** Steps of training: low-rank adapters, and the whole language model. */
import { Tape } from '../../autograd/tape.ts';
import { defaultLoraConfig } from '../../formats/adapters/peft.ts';
import type { LoadedModel } from '../../models/load.ts';
import { packSequences } from '../../nn/sequence.ts';
import { scoped } from '../../tensor/scope.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { createAdapters } from '../../training/adapters.ts';
import { AdamW, adamWDefaults } from '../../training/optimizer.ts';
import type { OptimizerName } from '../../training/optimizer-state.ts';
import { trainAdapters, trainWeights } from '../../training/parts.ts';
import type { Trainable } from '../../training/parts.ts';
import { rate } from './figure.ts';
import type { Figure, TaskOptions } from './figure.ts';
import { fullStepFloor, loraStepFloor } from './floor.ts';
import type { Floor, LanguageWork, VisionWork } from './floor.ts';
import { time } from './timing.ts';
import { benchBatch, openBenchModel, benchPixels, languageWork, visionWork } from './workload.ts';
import type { WeightFormat } from './workload.ts';

/** A training step on the packed batch, with the tower's work and with its features at hand. */
async function trainingSteps(
  name: string,
  loaded: LoadedModel,
  trainables: readonly Trainable[],
  runs: number,
  floorOf: (work: LanguageWork, vision: VisionWork, isCached: boolean) => Floor,
): Promise<Figure[]> {
  const { model } = loaded;
  using optimizer = stepOptimizer(trainables);
  const batch = benchBatch();
  using pixels = benchPixels(batch.lengths.length);
  using cached = model.visionFeatures(pixels);
  const count = batch.rows.length;
  const step = async (features: Tensor | null): Promise<void> => {
    const tape = new Tape();
    using sequences = packSequences(batch.lengths);
    using loss = scoped(() => {
      // Frozen, so it stays off the tape.
      const seen = features ?? model.visionFeatures(pixels);
      const inputs = { inputIds: batch.inputIds, sequences, features: seen };
      return tape.run(() => model.loss(inputs, batch, 1 / count).loss);
    });
    using gradients = tape.backward(loss);
    using measured = await optimizer.measure(gradients);
    optimizer.apply(measured, () => 1e-4);
  };
  const tokens = batch.inputIds.length;
  const plain = await time(runs, () => step(null));
  const withCache = await time(runs, () => step(cached));
  const floor = (isCached: boolean): Floor =>
    floorOf(
      languageWork(batch.lengths, batch.rowCounts),
      visionWork(batch.lengths.length),
      isCached,
    );
  return [
    rate(`${name} step`, tokens, 'tokens/s', plain, floor(false)),
    rate(`${name} step, cached features`, tokens, 'tokens/s', withCache, floor(true)),
  ];
}

export function stepOptimizer(
  trainables: readonly Trainable[],
  optimizer: OptimizerName = 'adamw',
): AdamW {
  const settings = { ...adamWDefaults, weightDecay: 0.01, maxGradNorm: 1, optimizer };
  return new AdamW(trainables, settings);
}

export function parametersOf(trainables: readonly Trainable[]): number {
  return trainables.reduce((total, { parameter }) => total + parameter.value.numel, 0);
}

/** The bench's model with adapters of rank 16 on q, k, v and o, which train. */
export async function openWithAdapters(
  format: WeightFormat,
  folder: string | null,
): Promise<{ loaded: LoadedModel; trainables: Trainable[] }> {
  const loaded = await openBenchModel(format, folder);
  const targetModules = '.*language_model.*\\.(q_proj|k_proj|v_proj|o_proj)';
  createAdapters(loaded, { ...defaultLoraConfig, rank: 16, alpha: 32, targetModules }, 0);
  return { loaded, trainables: trainAdapters(loaded, ['llm']) };
}

export async function loraStep({ format, runs, folder }: TaskOptions): Promise<Figure[]> {
  const { loaded: opened, trainables } = await openWithAdapters(format, folder);
  using loaded = opened;
  return await trainingSteps('LoRA', loaded, trainables, runs, (work, vision, isCached) =>
    loraStepFloor(work, vision, isCached, parametersOf(trainables)),
  );
}

export async function fullStep({ format, runs, folder }: TaskOptions): Promise<Figure[]> {
  using loaded = await openBenchModel(format, folder);
  const trainables = trainWeights(loaded, (name) => !name.startsWith('model.vision_tower.'));
  return await trainingSteps('full LLM', loaded, trainables, runs, (work, vision, isCached) =>
    fullStepFloor(work, vision, isCached, parametersOf(trainables)),
  );
}
