/** What steps hold at their fullest, beside what the planner says before. */
import { defaultLoraConfig } from '../../formats/adapters/peft.ts';
import type { LoadedModel } from '../../models/load.ts';
import { tailTokens } from '../../data/packing.ts';
import { memoryStats, resetPeakMemory, synchronize, trimMemory } from '../../tensor/device.ts';
import { createAdapters } from '../../training/adapters.ts';
import { stepBatch } from '../../training/batch.ts';
import type { StepBatch } from '../../training/batch.ts';
import { planMemory } from '../../training/memory-plan.ts';
import type { OptimizerName } from '../../training/optimizer-state.ts';
import { partOf, trainAdapters, trainWeights } from '../../training/parts.ts';
import type { Trainable } from '../../training/parts.ts';
import { runStep } from '../../training/step.ts';
import type { Figure } from './figure.ts';
import { stepOptimizer } from './training-steps.ts';
import { benchBatch, benchModel, benchPixels } from './workload.ts';
import type { WeightFormat } from './workload.ts';

type Choose = (loaded: LoadedModel) => Trainable[];

interface Method {
  readonly name: string;
  readonly format: WeightFormat;
  readonly choose: Choose;
  /** Layers that compute their activations twice, of eight. */
  readonly recompute?: number;
  readonly optimizer?: OptimizerName;
}

/** Of rank 16 on every matrix of the decoder. */
const adapters: Choose = (loaded) => {
  const targetModules = '.*language_model.*_proj';
  createAdapters(loaded, { ...defaultLoraConfig, rank: 16, alpha: 32, targetModules }, 0);
  return trainAdapters(loaded, ['llm']);
};
const decoderAndProjector: Choose = (loaded) =>
  trainWeights(loaded, (name) => partOf(name) !== 'vision');
const projector: Choose = (loaded) => trainWeights(loaded, (name) => partOf(name) === 'projector');

const methods: readonly Method[] = [
  { name: 'lora', format: 'f32', choose: adapters },
  { name: 'lora, recomputing', format: 'f32', choose: adapters, recompute: 7 },
  { name: 'lora beside bf16', format: 'bf16', choose: adapters },
  { name: 'lora beside int8', format: 'int8', choose: adapters },
  { name: 'qlora', format: 'nf4', choose: adapters },
  { name: 'qlora, 4 of 8 layers recomputing', format: 'nf4', choose: adapters, recompute: 4 },
  { name: 'qlora, recomputing', format: 'nf4', choose: adapters, recompute: 7 },
  { name: 'projector', format: 'f32', choose: projector },
  { name: 'full', format: 'f32', choose: decoderAndProjector },
  {
    name: 'full, adamw-8bit',
    format: 'f32',
    choose: decoderAndProjector,
    optimizer: 'adamw-8bit',
  },
];
const sampleCounts = [1, 4];

export async function memory(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const method of methods) {
    for (const samples of sampleCounts) figures.push(...(await plannedAndPeak(method, samples)));
  }
  return figures;
}

async function plannedAndPeak(method: Method, samples: number): Promise<Figure[]> {
  trimMemory(); // blocks of the one before would serve, with room to spare
  using loaded = benchModel(method.format);
  const { recompute = 0, optimizer = 'adamw' } = method;
  const trainables = method.choose(loaded);
  const batch = await batchOf(loaded, samples);
  const { tokens, supervisedTokens } = batch;
  const shape = {
    tokens,
    supervisedTokens,
    tailTokens: tailTokens(benchBatch(samples)),
    images: samples,
    recompute,
  };
  const plan = planMemory(loaded, trainables, shape, null, { optimizer, isOnHost: false });
  const peak = await peakOfSteps(loaded, trainables, batch, recompute, optimizer);
  const mib = (what: string, bytes: number): Figure => ({
    name: `${method.name}, ${tokens} tokens: ${what}`,
    value: bytes / 2 ** 20,
    unit: 'MiB',
  });
  return [
    mib('weights', plan.weightsBytes),
    mib('training state', plan.trainingBytes),
    mib('activations', plan.activationBytes),
    mib('planned', plan.totalBytes),
    mib('peak', peak),
  ];
}

/** With the features of the frozen tower at hand, as a run has them from its second epoch on. */
async function batchOf({ model }: LoadedModel, samples: number): Promise<StepBatch> {
  using pixels = benchPixels(samples);
  using features = model.visionFeatures(pixels);
  const vision = { kind: 'features', values: await features.readFloats() } as const;
  return stepBatch([{ packed: benchBatch(samples), vision }]);
}

/** Of two: the first one also makes the optimiser's state. */
async function peakOfSteps(
  { model }: LoadedModel,
  trainables: readonly Trainable[],
  batch: StepBatch,
  recompute: number,
  name: OptimizerName,
): Promise<number> {
  using optimizer = stepOptimizer(trainables, name);
  await synchronize();
  resetPeakMemory();
  for (let step = 0; step < 2; step++) {
    using result = await runStep(model, batch, { recompute, dropoutSeed: 0 });
    using measured = await optimizer.measure(result.gradients);
    optimizer.apply(measured, () => 1e-4);
  }
  await synchronize();
  return memoryStats().peakBytes;
}
