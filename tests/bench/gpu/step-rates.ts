/** Training steps on the device, with random weights made there, and what they hold of its memory. */
import { time } from '../../../src-main/app/bench/timing.ts';
import { Tape } from '../../../src-main/autograd/tape.ts';
import { asLensmithError } from '../../../src-main/base/errors.ts';
import { tailTokens } from '../../../src-main/data/packing.ts';
import { defaultLoraConfig } from '../../../src-main/formats/adapters/peft.ts';
import type { LoadedModel } from '../../../src-main/models/load.ts';
import { packSequences } from '../../../src-main/nn/sequence.ts';
import { memoryStats, resetPeakMemory, trimMemory } from '../../../src-main/tensor/device.ts';
import { scoped } from '../../../src-main/tensor/scope.ts';
import { createAdapters } from '../../../src-main/training/adapters.ts';
import type { StepBatch } from '../../../src-main/training/batch.ts';
import { planMemory } from '../../../src-main/training/memory-plan.ts';
import { AdamW, adamWDefaults } from '../../../src-main/training/optimizer.ts';
import { trainAdapters } from '../../../src-main/training/parts.ts';
import { batchLoss, runStep } from '../../../src-main/training/step.ts';
import { randomLlava, stepBatchOf } from './shapes.ts';
import type { Shapes } from './shapes.ts';

export type StepMethod = 'lora' | 'qlora';

export interface StepRate {
  readonly method: StepMethod;
  /** Layers whose activations are computed twice rather than kept, of so many. */
  readonly recompute: number;
  readonly layers: number;
  readonly secondsPerStep: number;
  readonly tokensPerSecond: number;
  readonly tokens: number;
  readonly peakBytes: number;
  readonly memory: StepMemory;
  readonly loss: number;
}

export interface StepMemory {
  /** Weights, adapters and moments: what lies there between steps. */
  readonly restingBytes: number;
  /** What the forward pass leaves for the backward pass. */
  readonly keptBytes: number;
  /** What the planner says of the peak. */
  readonly plannedBytes: number;
}

/** A step that found no memory is no figure, and no reason to lose the others. */
export type StepFigures =
  StepRate | (Pick<StepRate, 'method' | 'recompute' | 'layers'> & { error: string });

const adapterTargets =
  '.*language_model.*\\.(q_proj|k_proj|v_proj|o_proj|gate_proj|up_proj|down_proj)';

/** With activations kept, with QLoRA's of a quarter of the layers kept, and with them computed twice. */
export async function* stepRates(
  shapes: Shapes,
  method: StepMethod,
): AsyncGenerator<StepFigures, void, undefined> {
  const layers = shapes.text.num_hidden_layers;
  const part = method === 'qlora' ? [Math.floor((3 / 4) * (layers - 1))] : [];
  for (const recompute of [0, ...part, layers - 1]) {
    try {
      yield await stepRate(shapes, method, recompute);
    } catch (thrown) {
      const error = asLensmithError(thrown);
      if (error.code !== 'memory/out-of-memory') throw error;
      yield { method, recompute, layers, error: `${error.message} ${error.got ?? ''}` };
    }
  }
}

/** Adapters of rank 16 on all maps of the language model. */
async function stepRate(shapes: Shapes, method: StepMethod, recompute: number): Promise<StepRate> {
  trimMemory();
  resetPeakMemory();
  using loaded = randomLlava(shapes, method === 'qlora' ? 'nf4' : undefined);
  const lora = { ...defaultLoraConfig, rank: 16, alpha: 32, targetModules: adapterTargets };
  createAdapters(loaded, lora, 0);
  const trainables = trainAdapters(loaded, ['llm']);
  using optimizer = new AdamW(trainables, {
    ...adamWDefaults,
    weightDecay: 0.01,
    maxGradNorm: 1,
  });
  const batch = stepBatchOf(shapes);
  let loss = NaN;
  const { median } = await time(shapes.runs, async () => {
    using result = await runStep(loaded.model, batch, { recompute, dropoutSeed: 1 });
    using measured = await optimizer.measure(result.gradients);
    optimizer.apply(measured, () => 1e-4);
    loss = result.loss;
  });
  if (!Number.isFinite(loss)) throw new Error(`The loss of a ${method} step is ${loss}.`);
  const { peakBytes, liveBytes } = memoryStats();
  const { tokens, supervisedTokens } = batch;
  const images = shapes.textLengths.length;
  const [{ packed }] = batch.microBatches as [StepBatch['microBatches'][number]];
  const sizes = { tokens, supervisedTokens, tailTokens: tailTokens(packed) };
  const plan = planMemory(loaded, trainables, { ...sizes, images, recompute });
  return {
    method,
    recompute,
    layers: shapes.text.num_hidden_layers,
    secondsPerStep: median,
    tokensPerSecond: tokens / median,
    tokens,
    peakBytes,
    memory: {
      restingBytes: liveBytes,
      keptBytes: keptByForward(loaded, batch, recompute),
      plannedBytes: plan.totalBytes,
    },
    loss,
  };
}

function keptByForward({ model }: LoadedModel, batch: StepBatch, recompute: number): number {
  const [microBatch] = batch.microBatches;
  if (microBatch === undefined) return 0;
  const before = memoryStats().liveBytes;
  using sequences = packSequences(microBatch.packed.lengths);
  return scoped(() => {
    using tape = new Tape();
    tape.run(() => batchLoss(model, microBatch, sequences, 1 / batch.supervisedTokens, recompute));
    return memoryStats().liveBytes - before;
  });
}
