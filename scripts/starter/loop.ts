import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Tape } from '../../src-main/autograd/tape.ts';
import { writeFileAtomic } from '../../src-main/base/atomic-file.ts';
import {
  readSafetensorsHeader,
  writeSafetensors,
} from '../../src-main/formats/weights/safetensors.ts';
import { copyInto } from '../../src-main/tensor/ops/index.ts';
import { scoped } from '../../src-main/tensor/scope.ts';
import type { Tensor } from '../../src-main/tensor/tensor.ts';
import { AdamW } from '../../src-main/training/optimizer.ts';
import type { Trainable } from '../../src-main/training/parts.ts';
import { scheduleFactor } from '../../src-main/training/schedule.ts';
import { bytesOf, readTensor } from '../../src-main/training/tensor-files.ts';

/** What recipe.json says of one stage of the training. */
export interface StageSettings {
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
}

export interface Stage<Batch> {
  readonly settings: StageSettings;
  /** Keeps `NAME.safetensors` and `NAME.jsonl`; run again, the stage goes on where it was. */
  readonly dir: string;
  readonly name: string;
  readonly trainables: readonly Trainable[];
  /** Factor of the learning rate of a weight. */
  rateOf(trainable: Trainable): number;
  batch(step: number): Batch;
  /** The loss [1] of a batch, on the tape. */
  loss(batch: Batch): Tensor;
  evaluate(step: number): Promise<void>;
}

/** What a stage's files are made from. */
type Saved = Pick<Stage<never>, 'dir' | 'name' | 'trainables'>;

/** Trains one stage to its end: warm-up, cosine to the smallest rate, a save at every evaluation. */
export async function runStage<Batch>(stage: Stage<Batch>): Promise<void> {
  const { settings } = stage;
  const totalSteps = Math.ceil(settings.samples / settings.batchSize);
  using optimizer = new AdamW(stage.trainables, {
    beta1: settings.betas[0],
    beta2: settings.betas[1],
    eps: settings.epsilon,
    weightDecay: settings.weightDecay,
    maxGradNorm: settings.maxGradNorm,
  });
  const first = await restore(stage, optimizer);
  console.log(`${stage.name}: ${totalSteps} steps of ${settings.batchSize}, from step ${first}`);
  if (first >= totalSteps) return;
  const started = Date.now();
  let next = stage.batch(first);
  for (let step = first; step < totalSteps; step++) {
    const work = trainStep(stage, optimizer, next, learningRateAt(settings, totalSteps, step));
    // The engine computes on its own thread; the next batch is drawn meanwhile.
    if (step + 1 < totalSteps) next = stage.batch(step + 1);
    const { loss, gradNorm } = await work;
    if (!Number.isFinite(loss)) throw new Error(`The loss of step ${step} is ${loss}.`);
    appendFileSync(logPath(stage), `${JSON.stringify({ step, loss, gradNorm })}\n`);
    if (step % 20 === 0) {
      const perStep = (Date.now() - started) / 1000 / (step - first + 1);
      const minutes = (((totalSteps - step) * perStep) / 60).toFixed(0);
      console.log(
        `step ${step} loss ${loss.toFixed(4)} ${perStep.toFixed(2)} s/step, ${minutes} min left`,
      );
    }
    if ((step + 1) % settings.evaluateEverySteps === 0 || step + 1 === totalSteps) {
      await stage.evaluate(step + 1);
      await save(stage, optimizer, step + 1);
    }
  }
}

function learningRateAt(settings: StageSettings, totalSteps: number, step: number): number {
  const { warmupSteps, learningRate, minLearningRate } = settings;
  const schedule = { schedule: 'cosine' as const, warmupSteps, totalSteps };
  const rate = scheduleFactor(schedule, step + 1) * learningRate;
  return step < warmupSteps ? rate : Math.max(minLearningRate, rate);
}

async function trainStep<Batch>(
  stage: Stage<Batch>,
  optimizer: AdamW,
  batch: Batch,
  learningRate: number,
): Promise<{ loss: number; gradNorm: number }> {
  const tape = new Tape();
  using loss = scoped(() => tape.run(() => stage.loss(batch)));
  using gradients = tape.backward(loss);
  using measured = await optimizer.measure(gradients);
  optimizer.apply(measured, (trainable) => learningRate * stage.rateOf(trainable));
  return { loss: await loss.item(), gradNorm: measured.norm };
}

export function statePath({ dir, name }: Omit<Saved, 'trainables'>): string {
  return join(dir, `${name}.safetensors`);
}

function logPath({ dir, name }: Omit<Saved, 'trainables'>): string {
  return join(dir, `${name}.jsonl`);
}

/** Losses of a stage, by step. */
export function readLosses(dir: string, name: string): number[] {
  const lines = readFileSync(logPath({ dir, name }), 'utf8').trim().split('\n');
  return lines.map((line) => (JSON.parse(line) as { loss: number }).loss);
}

/** Weights, optimiser and step in one file, so that no mixture of two steps can be read. */
async function save(stage: Saved, optimizer: AdamW, step: number): Promise<void> {
  const entries = [];
  for (const { name, parameter } of stage.trainables) {
    const state = optimizer.states.get(name);
    for (const [part, tensor] of [
      ['weight', parameter.value],
      ['m', state?.part('m')],
      ['v', state?.part('v')],
    ] as const) {
      if (tensor === undefined) continue;
      const data = await bytesOf(tensor);
      entries.push({ name: `${part}:${name}`, dtype: 'F32' as const, shape: tensor.shape, data });
    }
  }
  await writeSafetensors(statePath(stage), entries, { step: String(step) });
}

async function restore(stage: Saved, optimizer: AdamW): Promise<number> {
  if (!existsSync(statePath(stage))) return 0;
  const header = await readSafetensorsHeader(statePath(stage));
  const step = Number(header.metadata['step']);
  await loadWeights(statePath(stage), stage.trainables);
  for (const trainable of stage.trainables) {
    if (!header.tensors.has(`m:${trainable.name}`)) continue;
    await optimizer.restore(trainable, step, (part, dtype, place) =>
      readTensor(header, `${part}:${trainable.name}`, dtype, place),
    );
  }
  // Lines of steps after the saved state would come twice.
  const lines = readFileSync(logPath(stage), 'utf8').split('\n').slice(0, step);
  await writeFileAtomic(logPath(stage), `${lines.join('\n')}\n`);
  return step;
}

/** Takes those of the weights that the state of a stage holds. */
export async function loadWeights(path: string, trainables: readonly Trainable[]): Promise<void> {
  const header = await readSafetensorsHeader(path);
  for (const { name, parameter } of trainables) {
    if (!header.tensors.has(`weight:${name}`)) continue;
    using weight = await readTensor(header, `weight:${name}`, 'f32');
    copyInto(weight, parameter.value);
  }
}
