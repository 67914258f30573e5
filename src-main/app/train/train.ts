/** A training run from files to files. */
import { createHash } from 'node:crypto';
import { freemem } from 'node:os';
import { join, resolve } from 'node:path';
import { FeatureCache } from '../../data/feature-cache.ts';
import { Processor } from '../../data/processor.ts';
import { loadDataset } from '../../formats/datasets/index.ts';
import type { DatasetIssue } from '../../formats/datasets/index.ts';
import { loadGenerationSettings } from '../../generation/settings.ts';
import { loadModel } from '../../models/load.ts';
import type { LoadedModel } from '../../models/load.ts';
import { ensureDevice, memoryStats, setMemoryLimit } from '../../tensor/device.ts';
import { FrozenFeatures, featureIdentity } from '../../training/feature-source.ts';
import { planMemory } from '../../training/memory-plan.ts';
import type { MemoryPlan } from '../../training/memory-plan.ts';
import { fingerprint } from '../../training/settings.ts';
import type { TrainingSettings } from '../../training/settings.ts';
import { setUpTraining } from '../../training/setup.ts';
import { TrainingData } from '../../training/training-data.ts';
import { checkpointsOf, totalStepsOf, train } from '../../training/trainer.ts';
import type { TrainingEvent, TrainingResult, TrainingRun } from '../../training/trainer.ts';
import { DiskMediaReader } from '../media-reader/media-reader.ts';
import { claimOutput, resumptionNotes } from './output-folder.ts';
import { requireEffect, requireHeldOut, requireSamples } from './request-checks.ts';
import { settingsFor } from './train-request.ts';
import type { TrainRequest } from './train-request.ts';

/** What a run is about to do, known before its first step. */
export interface TrainPlan {
  readonly settings: TrainingSettings;
  readonly samples: number;
  readonly heldOutSamples: number;
  readonly totalSteps: number;
  readonly trainedParameters: number;
  readonly memory: MemoryPlan;
  /** Records that could not be read, and samples whose media cannot be. */
  readonly issues: readonly DatasetIssue[];
  /** Ids of samples in which nothing is learnt; they are left out. */
  readonly unsupervised: readonly string[];
  /** What may not be as the person meant it, in whole sentences. */
  readonly notes: readonly string[];
}

export type TrainProgress =
  | { readonly kind: 'reading'; readonly done: number; readonly total: number }
  | ({ readonly kind: 'plan' } & TrainPlan)
  | TrainingEvent;

export interface TrainOptions {
  readonly onProgress?: ((event: TrainProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface TrainOutcome extends TrainingResult {
  readonly plan: TrainPlan;
  readonly logPath: string;
  /** Latest checkpoints, oldest first. */
  readonly checkpoints: readonly string[];
  readonly featureCache: { readonly hits: number; readonly misses: number } | null;
}

/**
 * Trains as asked and writes OUT/adapter or OUT/model, OUT/checkpoints and the log.
 * @throws training/output-exists when outDir holds another run, and the errors of
 *         loadModel, Processor.load, TrainingData.open, settingsFor and train
 */
export async function runTraining(
  request: TrainRequest,
  options: TrainOptions = {},
): Promise<TrainOutcome> {
  const outDir = resolve(request.outDir);
  requireHeldOut(request);
  await claimOutput(outDir, request);
  const notes = request.resume === true ? await resumptionNotes(outDir) : [];
  ensureDevice({ device: request.device ?? 'auto', threads: request.threads ?? 0 });
  const before = memoryStats();
  const memoryLimitBytes = request.memoryLimitBytes ?? freeMemory() + before.liveBytes;
  setMemoryLimit(memoryLimitBytes);
  try {
    using loaded = await loadModel(resolve(request.modelDir), loadOptions(request));
    return await trainLoaded(request, { outDir, notes }, loaded, memoryLimitBytes, options);
  } finally {
    setMemoryLimit(0);
  }
}

function loadOptions(request: TrainRequest) {
  return request.dtype === undefined ? {} : { dtype: request.dtype };
}

/** A tenth stays for the rest of the machine, so that the system never has to end processes. */
function freeMemory(): number {
  // Node 20 has it from 20.13 on only; it knows the limits of containers.
  const free: number = process.availableMemory?.() ?? freemem();
  return Math.floor(0.9 * free);
}

async function trainLoaded(
  request: TrainRequest,
  { outDir, notes }: { readonly outDir: string; readonly notes: readonly string[] },
  loaded: LoadedModel,
  memoryLimitBytes: number,
  options: TrainOptions,
): Promise<TrainOutcome> {
  const { onProgress, signal } = options;
  const modelDir = resolve(request.modelDir);
  const settings = await settingsFor(request, loaded);
  const media = new DiskMediaReader();
  const processor = await Processor.load(modelDir, loaded.config);
  const maxLength = lengthLimit(settings, loaded);
  const open = async (path: string) => {
    const { samples, issues } = await loadDataset(path);
    requireSamples(path, samples.length, issues);
    const onReading = (done: number, total: number): void =>
      onProgress?.({ kind: 'reading', done, total });
    const limits = { maxLength, onProgress: onReading, signal };
    return { data: await TrainingData.open(samples, processor, media, limits), issues };
  };
  const { data, issues } = await open(request.dataPath);
  const held = request.evalDataPath === undefined ? null : await open(request.evalDataPath);
  const trainables = await setUpTraining(loaded, settings);
  requireEffect(request, trainables, data.largest(data.size).images);
  const towerTrains = trainables.some(({ part }) => part === 'vision');
  const cache = towerTrains ? null : await openCache(request, outDir, loaded, processor, data);
  const largest = { ...data.largest(settings.batchSize), recompute: settings.recompute };
  const totalSteps = totalStepsOf(settings, data.size);
  const plan: TrainPlan = {
    settings,
    samples: data.size,
    heldOutSamples: held?.data.size ?? 0,
    totalSteps,
    trainedParameters: trainables.reduce((sum, { parameter }) => sum + parameter.numel, 0),
    memory: planMemory(loaded, trainables, largest),
    issues: [...issues, ...data.issues, ...(held?.issues ?? []), ...(held?.data.issues ?? [])],
    unsupervised: [...data.unsupervised, ...(held?.data.unsupervised ?? [])].map(({ id }) => id),
    notes: [...notes, ...warmupNotes(settings, totalSteps)],
  };
  onProgress?.({ kind: 'plan', ...plan });
  const generation = { ...(await loadGenerationSettings(modelDir, processor.tokenizer)) };
  const subject = {
    model: loaded.model,
    processor,
    media,
    settings: { ...generation, doSample: false, maxNewTokens: answerTokens },
  };
  const run: TrainingRun = {
    loaded,
    modelDir,
    trainables,
    settings,
    fingerprint: fingerprint(settings, {
      model: modelDigest(loaded),
      data: data.digest,
      dtype: request.dtype ?? 'as stored',
    }),
    data,
    features: towerTrains ? null : new FrozenFeatures(loaded, cache),
    heldOut: held === null ? null : { subject, data: held.data },
    outDir,
    logPath: resolve(request.logPath ?? join(outDir, 'log.jsonl')),
    saveEvery: request.saveEvery ?? null,
    evalEvery: request.evalEvery ?? null,
    answersShown: request.evalAnswers ?? 2,
    keep: request.keep ?? (settings.patience === null ? 'last' : 'best'),
    resume: request.resume ?? false,
    memoryLimitBytes,
    signal,
    onEvent: onProgress,
  };
  const result = await train(run);
  const store = checkpointsOf(outDir);
  return {
    ...result,
    plan,
    logPath: run.logPath,
    checkpoints: (await store.steps()).map((step) => store.pathOf(step)),
    featureCache: cache === null ? null : { hits: cache.hits, misses: cache.misses },
  };
}

const answerTokens = 64;

/** Such a run is legal, and sometimes meant, but learns less than its rate promises. */
function warmupNotes({ warmupSteps }: TrainingSettings, totalSteps: number): string[] {
  if (warmupSteps < totalSteps) return [];
  return [
    `The warm-up of ${warmupSteps} steps is not over within the ${totalSteps} of this run: the learning rate never gets to its full height.`,
  ];
}

function lengthLimit(settings: TrainingSettings, loaded: LoadedModel): number {
  const positions = loaded.model.languageModel.config.maxPositions;
  return Math.min(settings.maxLength ?? positions, positions);
}

async function openCache(
  request: TrainRequest,
  outDir: string,
  loaded: LoadedModel,
  processor: Processor,
  data: TrainingData,
): Promise<FeatureCache | null> {
  if (request.featureCache === 'off' || data.largest(data.size).images === 0) return null;
  const dir = resolve(request.featureCache ?? join(outDir, 'features'));
  const identity = await featureIdentity(loaded, processor.imageProcessor.identity);
  return FeatureCache.open({ dir, identity });
}

/** Config, names and shapes: enough to tell models apart without reading gigabytes. */
function modelDigest(loaded: LoadedModel): string {
  const hash = createHash('sha256').update(JSON.stringify(loaded.config));
  for (const [name, { shape, dtype }] of loaded.weights.parameters) {
    hash.update(`${name} ${dtype} ${shape.join('x')}\n`);
  }
  return hash.digest('hex');
}
