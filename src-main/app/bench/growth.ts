/**
 * How a training step's cost grows: one size of the work goes up tenfold while the others stay. The
 * slope of log cost over log size is the exponent: 1 where twice as much costs twice as much. Where
 * much of a step does not depend on the size, linear growth shows in its steps alone: as much for one
 * more at the end as at the beginning.
 */
import { Tape } from '../../autograd/tape.ts';
import { packSamples } from '../../data/packing.ts';
import { defaultLoraConfig } from '../../formats/adapters/peft.ts';
import { packSequences } from '../../nn/sequence.ts';
import { memoryStats, resetPeakMemory, synchronize } from '../../tensor/device.ts';
import { scoped } from '../../tensor/scope.ts';
import { createAdapters } from '../../training/adapters.ts';
import { trainAdapters } from '../../training/parts.ts';
import type { Figure, TaskOptions } from './figure.ts';
import { time } from './timing.ts';
import { stepOptimizer } from './training-steps.ts';
import { benchModel, benchPixels, benchPrompt, config, imageTokens } from './workload.ts';

/** A step's sizes: samples of so many words and one image each in the first `images` of them. */
interface StepSize {
  readonly words: number;
  readonly samples: number;
  readonly layers: number;
  readonly rank: number;
  readonly images: number;
}

interface Cost {
  readonly seconds: number;
  /** Beyond what the model and its adapters hold. */
  readonly stepBytes: number;
}

const usual: StepSize = { words: 128, samples: 2, layers: 4, rank: 16, images: 0 };
const decade = [1, 3, 10] as const;
const sweeps: readonly { readonly name: keyof StepSize; readonly sizes: readonly number[] }[] = [
  { name: 'words', sizes: decade.map((factor) => 128 * factor) },
  { name: 'samples', sizes: decade },
  { name: 'layers', sizes: decade },
  { name: 'rank', sizes: decade.map((factor) => 8 * factor) },
  { name: 'images', sizes: decade },
];

/** What costs grow with; `words` is the length of one sample. */
export async function growth({ format, runs }: TaskOptions): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const { name, sizes } of sweeps) {
    const costs: Cost[] = [];
    for (const size of sizes) costs.push(await stepCost(sizeOf(name, size), format, runs));
    const of = `${name} ${sizes[0]} to ${sizes.at(-1)}`;
    const seconds = costs.map((cost) => cost.seconds);
    const bytes = costs.map((cost) => cost.stepBytes);
    figures.push(
      { name: `step time, ${of}`, value: slope(sizes, seconds), unit: 'exponent' },
      { name: `step memory, ${of}`, value: slope(sizes, bytes), unit: 'exponent' },
      { name: `one more, time, ${of}`, value: evenness(sizes, seconds), unit: 'of the first' },
      { name: `one more, memory, ${of}`, value: evenness(sizes, bytes), unit: 'of the first' },
    );
  }
  return figures;
}

function sizeOf(name: keyof StepSize, size: number): StepSize {
  if (name !== 'images') return { ...usual, [name]: size };
  // Every image comes with its sample, so that the tower and its tokens grow together.
  return { ...usual, samples: size, images: size };
}

/**
 * Exponent p of the power law cost ∝ size^p that fits best, by least squares on logarithms.
 * @param sizes positive, of which at least two differ
 */
export function slope(sizes: readonly number[], costs: readonly number[]): number {
  const x = sizes.map((size) => Math.log(size));
  const y = costs.map((cost) => Math.log(cost));
  const mean = (values: readonly number[]): number =>
    values.reduce((total, value) => total + value, 0) / values.length;
  const [middleX, middleY] = [mean(x), mean(y)];
  const spread = x.map((value) => value - middleX);
  const together = spread.reduce((sum, dx, i) => sum + dx * ((y[i] as number) - middleY), 0);
  return together / spread.reduce((sum, dx) => sum + dx * dx, 0);
}

/**
 * What one more costs between the last two sizes over what it costs between the first two: 1 where
 * growth is linear, whatever does not grow.
 * @param sizes ascending, at least three
 */
export function evenness(sizes: readonly number[], costs: readonly number[]): number {
  const perUnit = (from: number): number => {
    const [size0, size1] = sizes.slice(from) as [number, number];
    const [cost0, cost1] = costs.slice(from) as [number, number];
    return (cost1 - cost0) / (size1 - size0);
  };
  return perUnit(sizes.length - 2) / perUnit(0);
}

/** A LoRA step of the given sizes. */
async function stepCost(
  size: StepSize,
  format: TaskOptions['format'],
  runs: number,
): Promise<Cost> {
  const text = { ...config.text_config, num_hidden_layers: size.layers };
  using loaded = benchModel(format, { ...config, text_config: text });
  const targetModules = '.*language_model.*\\.(q_proj|k_proj|v_proj|o_proj)';
  const adapters = { ...defaultLoraConfig, rank: size.rank, alpha: 2 * size.rank, targetModules };
  createAdapters(loaded, adapters, 0);
  using optimizer = stepOptimizer(trainAdapters(loaded, ['llm']));
  const batch = batchOf(size);
  using pixels = size.images > 0 ? benchPixels(size.images) : null;
  const step = async (): Promise<void> => {
    const tape = new Tape();
    using sequences = packSequences(batch.lengths);
    using loss = scoped(() => {
      const features = pixels === null ? null : loaded.model.visionFeatures(pixels);
      const inputs = { inputIds: batch.inputIds, sequences, features };
      return tape.run(() => loaded.model.loss(inputs, batch, 1 / batch.rows.length).loss);
    });
    using gradients = tape.backward(loss);
    using measured = await optimizer.measure(gradients);
    optimizer.apply(measured, () => 1e-4);
  };
  await step();
  await synchronize();
  resetPeakMemory();
  const held = memoryStats().liveBytes;
  const { median } = await time(runs, step);
  return { seconds: median, stepBytes: memoryStats().peakBytes - held };
}

function batchOf({ words, samples, images }: StepSize) {
  return packSamples(
    Array.from({ length: samples }, (_, i) => {
      const hasImage = i < images;
      const inputIds = benchPrompt(words - 1, 2 + i, hasImage);
      const labels = inputIds.slice().fill(-100, 0, (hasImage ? imageTokens : 0) + words / 2);
      return { id: String(i), inputIds, labels, imageCount: hasImage ? 1 : 0 };
    }),
  );
}
