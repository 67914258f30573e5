import { Tape } from '../../autograd/tape.ts';
import { defaultLoraConfig } from '../../formats/adapters/peft.ts';
import { imageFeatures } from '../../generation/image-features.ts';
import type { LoadedModel } from '../../models/load.ts';
import { packSequences } from '../../nn/sequence.ts';
import { dtypeSizeBytes } from '../../tensor/dtype.ts';
import type { DType } from '../../tensor/dtype.ts';
import { argmax, matmul, randomFillInPlace, slice } from '../../tensor/ops/index.ts';
import { scoped } from '../../tensor/scope.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { createAdapters } from '../../training/adapters.ts';
import { AdamW, adamWDefaults } from '../../training/optimizer.ts';
import { trainAdapters, trainWeights } from '../../training/parts.ts';
import type { Trainable } from '../../training/parts.ts';
import { decodeFloor, fullStepFloor, loraStepFloor, prefillFloor, visionFlop } from './floor.ts';
import type { Floor, LanguageWork, VisionWork } from './floor.ts';
import { formatRates } from './formats.ts';
import { time } from './timing.ts';
import type { Timing } from './timing.ts';
import {
  benchBatch,
  benchModel,
  benchPixels,
  benchPrompt,
  languageWork,
  visionWork,
} from './workload.ts';

/** One measured figure. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Seconds of one run, where the figure is a rate. */
  readonly timing?: Timing;
  /** The least that one run must do. */
  readonly floor?: Floor;
}

export interface TaskOptions {
  readonly dtype: DType;
  readonly runs: number;
}

function rate(name: string, amount: number, unit: string, timing: Timing, floor?: Floor): Figure {
  const figure = { name, value: amount / timing.median, unit, timing };
  return floor === undefined ? figure : { ...figure, floor };
}

/** A training step on the packed batch, with the tower's work and with its features at hand. */
async function trainingSteps(
  name: string,
  loaded: LoadedModel,
  trainables: readonly Trainable[],
  runs: number,
  floorOf: (work: LanguageWork, vision: VisionWork, isCached: boolean) => Floor,
): Promise<Figure[]> {
  const { model } = loaded;
  using optimizer = new AdamW(trainables, {
    ...adamWDefaults,
    weightDecay: 0.01,
    maxGradNorm: 1,
  });
  const batch = benchBatch();
  using pixels = benchPixels(batch.lengths.length);
  using cached = model.visionFeatures(pixels);
  const count = batch.rows.length;
  const step = async (features: Tensor | null): Promise<void> => {
    const tape = new Tape();
    using sequences = packSequences(batch.lengths);
    using loss = scoped(() => {
      const supervised = {
        rows: Tensor.from(batch.rows, [count], 'i32'),
        targets: Tensor.from(batch.targets, [count], 'i32'),
        rowWeights: Tensor.full([count], 1 / count),
      };
      // Frozen, so it stays off the tape.
      const seen = features ?? model.visionFeatures(pixels);
      const inputs = { inputIds: batch.inputIds, sequences, features: seen };
      return tape.run(() => model.loss(inputs, supervised).loss);
    });
    using gradients = tape.backward(loss);
    using measured = await optimizer.measure(gradients);
    optimizer.apply(measured, () => 1e-4);
  };
  const tokens = batch.inputIds.length;
  const plain = await time(runs, () => step(null));
  const withCache = await time(runs, () => step(cached));
  const floor = (isCached: boolean): Floor =>
    floorOf(languageWork(batch.lengths, count), visionWork(batch.lengths.length), isCached);
  return [
    rate(`${name} step`, tokens, 'tokens/s', plain, floor(false)),
    rate(`${name} step, cached features`, tokens, 'tokens/s', withCache, floor(true)),
  ];
}

function parametersOf(trainables: readonly Trainable[]): number {
  return trainables.reduce((total, { parameter }) => total + parameter.value.numel, 0);
}

async function loraStep({ dtype, runs }: TaskOptions): Promise<Figure[]> {
  using loaded = benchModel(dtype);
  const targetModules = '.*language_model.*\\.(q_proj|k_proj|v_proj|o_proj)';
  createAdapters(loaded, { ...defaultLoraConfig, rank: 16, alpha: 32, targetModules }, 0);
  const trainables = trainAdapters(loaded, ['llm']);
  return await trainingSteps('LoRA', loaded, trainables, runs, (work, vision, isCached) =>
    loraStepFloor(work, vision, isCached, parametersOf(trainables)),
  );
}

async function fullStep({ dtype, runs }: TaskOptions): Promise<Figure[]> {
  using loaded = benchModel(dtype);
  const trainables = trainWeights(loaded, (name) => !name.startsWith('model.vision_tower.'));
  return await trainingSteps('full LLM', loaded, trainables, runs, (work, vision, isCached) =>
    fullStepFloor(work, vision, isCached, parametersOf(trainables)),
  );
}

async function prefill({ dtype, runs }: TaskOptions): Promise<Figure[]> {
  using loaded = benchModel(dtype);
  const { model } = loaded;
  using pixels = benchPixels(1);
  const pass = (inputIds: Int32Array, image: boolean): void => {
    using sequences = packSequences([inputIds.length]);
    using cache = model.languageModel.newCache(inputIds.length);
    scoped(() => {
      const features = image ? model.visionFeatures(pixels) : null;
      const hidden = model.hidden({ inputIds, sequences, features }, { cache });
      argmax(model.logits(slice(hidden, 0, inputIds.length - 1, inputIds.length)));
    });
  };
  const withImage = benchPrompt(512, 3);
  const textOnly = benchPrompt(708, 3, false);
  return [
    rate(
      'prefill 709, with vision tower',
      709,
      'tokens/s',
      await time(runs, () => pass(withImage, true)),
      prefillFloor(languageWork([709], 1), visionWork(1)),
    ),
    rate(
      'prefill 709, text only',
      709,
      'tokens/s',
      await time(runs, () => pass(textOnly, false)),
      prefillFloor(languageWork([709], 1), null),
    ),
  ];
}

/** 64 greedy tokens after a prompt of 325, one read a token as in real use. */
async function decode({ dtype, runs }: TaskOptions): Promise<Figure[]> {
  const newTokens = 64;
  using loaded = benchModel(dtype);
  const { languageModel: decoder } = loaded.model;
  const prompt = benchPrompt(324, 4, false);
  const timings: number[] = [];
  for (let run = 0; run <= runs; run++) {
    using cache = decoder.newCache(prompt.length + newTokens);
    using sequences = packSequences([prompt.length]);
    let last = scoped(() => {
      const hidden = loaded.model.hidden(
        { inputIds: prompt, sequences, features: null },
        { cache },
      );
      return argmax(loaded.model.logits(slice(hidden, 0, prompt.length - 1, prompt.length)));
    });
    await last.read();
    const start = performance.now();
    for (let i = 0; i < newTokens; i++) {
      using at = packSequences([1], cache.length);
      const next = scoped(() =>
        argmax(loaded.model.logits(decoder.forward(decoder.embed(last), at, { cache }))),
      );
      last.dispose();
      last = next;
      await last.read();
    }
    if (run > 0) timings.push((performance.now() - start) / 1000);
    last.dispose();
  }
  const sorted = timings.sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] as number;
  const timing = { seconds: timings, best: sorted[0] as number, median };
  const one = decodeFloor(languageWork([], 1), prompt.length, 1, dtypeSizeBytes[dtype]);
  const floor = { flop: newTokens * one.flop, bytes: newTokens * one.bytes };
  return [rate('greedy decode', newTokens, 'tokens/s', timing, floor)];
}

/** Sequences that are decoded together, each after a prompt of 325. */
const batchSizes = [1, 2, 4, 8, 16, 32, 64] as const;

/** The next token of several sequences at once: how far reading the weights once carries. */
async function decodeTogether({ dtype, runs }: TaskOptions): Promise<Figure[]> {
  const [held, newTokens] = [325, 16];
  using loaded = benchModel(dtype);
  const { languageModel: decoder } = loaded.model;
  const figures: Figure[] = [];
  for (const count of batchSizes) {
    using cache = decoder.newBatchedCache(count, held + (runs + 1) * newTokens);
    const slots = Array.from({ length: count }, (_, slot) => slot);
    // What is held is noise: time does not depend on it.
    for (const slot of slots) cache.hold(slot, held);
    const timing = await time(runs, async () => {
      for (let i = 0; i < newTokens; i++) {
        cache.begin(slots);
        const ones = slots.map(() => 1);
        using at = packSequences(
          ones,
          slots.map((slot) => cache.length(slot)),
        );
        using next = scoped(() => {
          const last = Tensor.from(Int32Array.from(ones), [count], 'i32');
          const hidden = decoder.forward(decoder.embed(last), at, { cache });
          return argmax(loaded.model.logits(hidden));
        });
        await next.read();
      }
    });
    const step = decodeFloor(languageWork([], 1), held, count, dtypeSizeBytes[dtype]);
    const floor = { flop: newTokens * step.flop, bytes: newTokens * step.bytes };
    figures.push(rate(`decode, ${count} together`, count * newTokens, 'tokens/s', timing, floor));
  }
  return figures;
}

async function vision({ dtype, runs }: TaskOptions): Promise<Figure[]> {
  using loaded = benchModel(dtype);
  using pixels = benchPixels(4);
  const data = await pixels.readFloats();
  const shape = [4, ...pixels.shape.slice(1)] as unknown as Parameters<
    typeof imageFeatures
  >[1]['shape'];
  const timing = await time(runs, () =>
    scoped(() => {
      const features = imageFeatures(loaded.model, { data, shape });
      if (features) loaded.model.connector.forward(features);
      features?.dispose();
    }),
  );
  const floor = { flop: visionFlop(visionWork(4)), bytes: 0 };
  return [rate('vision tower + projector, batch 4', 4, 'images/s', timing, floor)];
}

/** Matrix products of training and inference: rows, columns, inner size, which operand is transposed. */
const gemmShapes = [
  { m: 1300, n: 512, k: 512, form: 'nt' },
  { m: 1300, n: 1408, k: 512, form: 'nt' },
  { m: 1300, n: 512, k: 1408, form: 'nt' },
  { m: 1300, n: 512, k: 1408, form: 'nn' },
  { m: 512, n: 1408, k: 1300, form: 'tn' },
  { m: 788, n: 3072, k: 768, form: 'nt' },
  { m: 308, n: 32064, k: 512, form: 'nt' },
  { m: 1300, n: 16, k: 512, form: 'nt' },
  { m: 1300, n: 512, k: 16, form: 'nt' },
  { m: 1024, n: 1024, k: 1024, form: 'nn' },
  { m: 32, n: 1408, k: 512, form: 'nt' },
  { m: 1, n: 32064, k: 512, form: 'nt' },
] as const;

async function gemm({ dtype, runs }: TaskOptions): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const { m, n, k, form } of gemmShapes) {
    using a = random(form === 'tn' ? [k, m] : [m, k], 'f32');
    using b = random(form === 'nt' ? [n, k] : [k, n], form === 'tn' ? 'f32' : dtype);
    const options = { transposeA: form === 'tn', transposeB: form === 'nt' };
    const flop = 2 * m * n * k;
    const repeats = Math.max(1, Math.round(2e9 / flop));
    const timing = await time(runs, () => {
      for (let i = 0; i < repeats; i++) matmul(a, b, options).dispose();
    });
    const name = `gemm ${m}×${n}×${k} ${form}`;
    figures.push(rate(name, (repeats * flop) / 1e9, 'GFLOP/s', timing));
  }
  return figures;
}

function random(shape: readonly number[], dtype: DType): Tensor {
  const tensor = Tensor.empty(shape, dtype);
  randomFillInPlace(tensor, { kind: 'normal', a: 0, b: 1, seed: 5, stream: 0 });
  return tensor;
}

export type BenchTask = (options: TaskOptions) => Promise<Figure[]>;

/** What can be measured; each runs in a process of its own, so that peak memory is its own. */
export const benchTasks: Readonly<Record<string, BenchTask>> = {
  gemm,
  formats: formatRates,
  vision,
  prefill,
  decode,
  together: decodeTogether,
  lora: loraStep,
  full: fullStep,
};
