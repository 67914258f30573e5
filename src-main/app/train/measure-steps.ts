/** What a run will take: a few of its first steps, worked through and thrown away. */
import { throwIfCancelled } from '../../base/errors.ts';
import { DataOrder } from '../../data/loader.ts';
import type { StepPlan } from '../../data/loader.ts';
import { memoryStats, resetPeakMemory } from '../../tensor/device.ts';
import { makeMicroBatch, stepBatch } from '../../training/batch.ts';
import type { StepBatch } from '../../training/batch.ts';
import { FrozenFeatures } from '../../training/feature-source.ts';
import { AdamW, optimizerSettings } from '../../training/optimizer.ts';
import { runStep } from '../../training/step.ts';
import type { OpenTraining } from './open-training.ts';

export interface StepMeasure {
  readonly steps: number;
  /** Of one update, without the features of a frozen tower. */
  readonly stepSeconds: number;
  /** Of one picture's features, computed once in a run; 0 when the tower trains. */
  readonly imageSeconds: number;
  readonly tokensPerStep: number;
  readonly peakBytes: number;
}

/** Enough for a steady rate where steps are short. */
const mostSteps = 6;
/** Where steps are long one or two must do: a person waits. */
const longestSeconds = 5;

/**
 * The model's weights are no longer its own afterwards.
 * @throws memory/out-of-memory, job/cancelled, and the errors of reading media
 */
export async function measureSteps(
  open: OpenTraining,
  signal: AbortSignal | undefined,
): Promise<StepMeasure> {
  const { loaded, data, trainables, towerTrains } = open;
  const { settings } = open.plan;
  const order = new DataOrder({ ...settings, sampleCount: data.size });
  const features = towerTrains ? null : new FrozenFeatures(loaded, null);
  using optimizer = new AdamW(trainables, optimizerSettings(settings));
  resetPeakMemory();
  const seconds: number[] = [];
  let [imageSeconds, images, tokens] = [0, 0, 0];
  const until = performance.now() + longestSeconds * 1000;
  while (seconds.length < mostSteps && (seconds.length === 0 || performance.now() < until)) {
    throwIfCancelled(signal, 'The estimate');
    const plan = order.next();
    const prepared = await prepare(open, features, plan, signal);
    images += prepared.images;
    imageSeconds += prepared.seconds;
    tokens += prepared.batch.tokens;
    seconds.push(await timed(open, optimizer, prepared.batch));
  }
  // The first one also allocates, and reads the weights from the disk.
  const steady = seconds.length > 1 ? seconds.slice(1) : seconds;
  return {
    steps: seconds.length,
    stepSeconds: steady.reduce((sum, value) => sum + value, 0) / steady.length,
    imageSeconds: features === null || images === 0 ? 0 : imageSeconds / images,
    tokensPerStep: tokens / seconds.length,
    peakBytes: memoryStats().peakBytes,
  };
}

async function prepare(
  { data }: OpenTraining,
  features: FrozenFeatures | null,
  plan: StepPlan,
  signal: AbortSignal | undefined,
): Promise<{ batch: StepBatch; images: number; seconds: number }> {
  const started = performance.now();
  const microBatches = [];
  let images = 0;
  for (const indices of plan) {
    const samples = [];
    for (const index of indices) samples.push(await data.prepared(index, signal));
    images += samples.reduce((sum, { imageCount }) => sum + imageCount, 0);
    microBatches.push(await makeMicroBatch(samples, features, signal));
  }
  const batch = stepBatch(microBatches);
  return { batch, images, seconds: (performance.now() - started) / 1000 };
}

async function timed(open: OpenTraining, optimizer: AdamW, batch: StepBatch): Promise<number> {
  const { recompute, learningRates } = open.plan.settings;
  const started = performance.now();
  await optimizer.withRoom(async () => {
    using result = await runStep(open.loaded.model, batch, { recompute, dropoutSeed: 0 });
    using measured = await optimizer.measure(result.gradients);
    optimizer.apply(measured, ({ part }) => learningRates[part]);
  });
  return (performance.now() - started) / 1000;
}
