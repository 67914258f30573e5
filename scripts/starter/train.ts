/**
 * Trains the starter model from scratch on the committed drawings, with
 * Lensmith's own engine: `npm run train --prefix scripts/starter -- OUT [--minutes N]`.
 * OUT keeps the state; run again, it goes on where it was. The schedule follows
 * recipe.json; `--samples N` shortens it.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Tape } from '../../src-main/autograd/tape.ts';
import { writeFileAtomic } from '../../src-main/base/atomic-file.ts';
import { packSamples } from '../../src-main/data/packing.ts';
import { readSafetensorsHeader, writeSafetensors } from '../../src-main/formats/weights/safetensors.ts';
import { randomModel } from '../../src-main/models/load.ts';
import type { LoadedModel } from '../../src-main/models/load.ts';
import { packSequences } from '../../src-main/nn/sequence.ts';
import { openDevice } from '../../src-main/tensor/device.ts';
import { copyInto } from '../../src-main/tensor/ops/index.ts';
import { scoped } from '../../src-main/tensor/scope.ts';
import { Tensor } from '../../src-main/tensor/tensor.ts';
import { AdamW } from '../../src-main/training/optimizer.ts';
import { trainWeights } from '../../src-main/training/parts.ts';
import { scheduleFactor } from '../../src-main/training/schedule.ts';
import { bytesOf, readTensor } from '../../src-main/training/tensor-files.ts';
import { StarterData } from './data.ts';
import { makeEncoder } from './encode.ts';
import type { EncodedSample } from './encode.ts';
import { scoreEvalSets } from './score.ts';
import { MODEL_DIR, readJson, STARTER_DIR } from './sources.ts';

interface Recipe {
  readonly seed: number;
  readonly training: {
    readonly samples: number;
    readonly batchSize: number;
    readonly learningRate: number;
    readonly minLearningRate: number;
    readonly warmupSteps: number;
    readonly weightDecay: number;
    readonly betas: readonly [number, number];
    readonly epsilon: number;
    readonly maxGradNorm: number;
    readonly evaluateEverySteps: number;
  };
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    samples: { type: 'string' },
    minutes: { type: 'string' },
    threads: { type: 'string', default: '0' },
  },
});
const out = positionals[0];
if (out === undefined) throw new Error('Usage: train.ts OUT [--samples N] [--minutes N]');
mkdirSync(out, { recursive: true });

const recipe = readJson<Recipe>(STARTER_DIR, 'recipe.json');
const settings = recipe.training;
const totalSamples = values.samples === undefined ? settings.samples : Number(values.samples);
const totalSteps = Math.ceil(totalSamples / settings.batchSize);
const deadline = Date.now() + Number(values.minutes ?? 1e9) * 60_000;
const statePath = join(out, 'state.safetensors');
const logPath = join(out, 'log.jsonl');

openDevice({ threads: Number(values.threads) });
const config = readJson<Record<string, unknown>>(MODEL_DIR, 'config.json');
const loaded = randomModel(config, recipe.seed);
const data = await StarterData.load();
const encode = await makeEncoder(config);
const trainables = trainWeights(loaded, () => true);
const optimizer = new AdamW(trainables, {
  beta1: settings.betas[0],
  beta2: settings.betas[1],
  eps: settings.epsilon,
  weightDecay: settings.weightDecay,
  maxGradNorm: settings.maxGradNorm,
});
let step = existsSync(statePath) ? await restore() : 0;
console.log(`${totalSteps} steps of ${settings.batchSize}; at step ${step}`);

let next = makeBatch(step);
const started = Date.now();
const first = step;
for (; step < totalSteps && Date.now() < deadline; step++) {
  const batch = next;
  const work = trainStep(batch);
  // The engine computes on its own thread; the next batch is drawn meanwhile.
  if (step + 1 < totalSteps) next = makeBatch(step + 1);
  const { loss, gradNorm, learningRate } = await work;
  if (!Number.isFinite(loss)) throw new Error(`The loss of step ${step} is ${loss}.`);
  appendFileSync(logPath, `${JSON.stringify({ step, loss, learningRate, gradNorm })}\n`);
  if (step % 20 === 0) report(loss);
  if ((step + 1) % settings.evaluateEverySteps === 0) await evaluateAndSave();
}
await evaluateAndSave();
process.exit(0);

function report(loss: number): void {
  const perStep = (Date.now() - started) / 1000 / Math.max(1, step - first + 1);
  const minutes = ((totalSteps - step) * perStep) / 60;
  console.log(`step ${step} loss ${loss.toFixed(4)} ${perStep.toFixed(2)} s/step, ${minutes.toFixed(0)} min left`);
}

function makeBatch(index: number): EncodedSample[] {
  const start = index * settings.batchSize;
  return Array.from({ length: settings.batchSize }, (_, i) => encode(data.trainSample(start + i)));
}

function learningRateAt(index: number): number {
  const schedule = { schedule: 'cosine' as const, warmupSteps: settings.warmupSteps, totalSteps };
  const factor = scheduleFactor(schedule, index + 1);
  const floor = index < settings.warmupSteps ? 0 : settings.minLearningRate;
  return Math.max(floor, factor * settings.learningRate);
}

async function trainStep(
  batch: readonly EncodedSample[],
): Promise<{ loss: number; gradNorm: number; learningRate: number }> {
  const tape = new Tape();
  const packed = packSamples(batch);
  using sequences = packSequences(packed.lengths);
  const loss = scoped(() => tape.run(() => lossOf(loaded, batch, packed, sequences).loss)).keep();
  using gradients = tape.backward(loss);
  using measured = await optimizer.measure(gradients);
  const learningRate = learningRateAt(step);
  optimizer.apply(measured, () => learningRate);
  const value = await loss.item();
  loss.dispose();
  return { loss: value, gradNorm: measured.norm, learningRate };
}

function lossOf(
  { model }: LoadedModel,
  batch: readonly EncodedSample[],
  packed: ReturnType<typeof packSamples>,
  sequences: ReturnType<typeof packSequences>,
): ReturnType<LoadedModel['model']['loss']> {
  const count = packed.rows.length;
  const images = batch.flatMap((sample) => (sample.pixels === null ? [] : [sample.pixels]));
  const { imageSize } = model.visionTower;
  const pixels = new Float32Array(images.length * 3 * imageSize ** 2);
  images.forEach((image, i) => pixels.set(image, i * image.length));
  const shape = [images.length, 3, imageSize, imageSize];
  const features = images.length > 0 ? model.visionFeatures(Tensor.from(pixels, shape)) : null;
  return model.loss(
    { inputIds: packed.inputIds, sequences, features },
    {
      rows: Tensor.from(packed.rows, [count], 'i32'),
      targets: Tensor.from(packed.targets, [count], 'i32'),
      rowWeights: Tensor.full([count], 1 / count),
    },
  );
}

async function evaluateAndSave(): Promise<void> {
  const scores = await scoreEvalSets(loaded, data, encode);
  console.log(`step ${step + 1} ${JSON.stringify(scores.overall)}`);
  await writeFileAtomic(join(out as string, 'scores.json'), `${JSON.stringify(scores, null, 2)}\n`);
  await save();
}

/** Weights, optimiser and step in one file, so that no mixture of two steps can be read. */
async function save(): Promise<void> {
  const entries = [];
  for (const { name, parameter } of trainables) {
    const state = optimizer.states.get(name);
    const parts = { weight: parameter.value, m: state?.m, v: state?.v };
    for (const [part, tensor] of Object.entries(parts)) {
      if (tensor === undefined) continue;
      const bytes = await bytesOf(tensor);
      entries.push({ name: `${part}:${name}`, dtype: 'F32' as const, shape: tensor.shape, data: bytes });
    }
  }
  const done = Math.min(step + 1, totalSteps);
  await writeSafetensors(statePath, entries, { step: String(step < totalSteps ? done : totalSteps) });
}

async function restore(): Promise<number> {
  const header = await readSafetensorsHeader(statePath);
  const done = Number(header.metadata['step']);
  for (const { name, parameter } of trainables) {
    using weight = await readTensor(header, `weight:${name}`, 'f32');
    copyInto(weight, parameter.value);
    if (!header.tensors.has(`m:${name}`)) continue;
    const m = await readTensor(header, `m:${name}`, 'f32');
    const v = await readTensor(header, `v:${name}`, 'f32');
    optimizer.restore(name, { m, v, master: null, step: done });
  }
  // Lines of steps after the saved state would come twice.
  const lines = readFileSync(logPath, 'utf8').split('\n').slice(0, done);
  await writeFileAtomic(logPath, `${lines.join('\n')}\n`);
  return done;
}
