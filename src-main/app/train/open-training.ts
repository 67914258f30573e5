/** A training run up to its first step: model and data open, settings settled, weights marked. */
import { createHash } from 'node:crypto';
import { freemem } from 'node:os';
import { resolve } from 'node:path';
import { stepsPerEpoch } from '../../data/loader.ts';
import { Processor } from '../../data/processor.ts';
import { loadDataset } from '../../formats/datasets/index.ts';
import type { DatasetIssue } from '../../formats/datasets/index.ts';
import type { LoadedModel, LoadOptions } from '../../models/load.ts';
import {
  deviceInfo,
  deviceMemoryBytes,
  ensureDevice,
  memoryStats,
  setMemoryLimit,
  trimMemory,
} from '../../tensor/device.ts';
import {
  findFitting,
  leastOnDevice,
  planMemory,
  plannedOptimizer,
} from '../../training/memory-plan.ts';
import type { FittingSettings, MemoryPlan, PlannedOptimizer } from '../../training/memory-plan.ts';
import type { Trainable } from '../../training/parts.ts';
import { settleRecomputation } from '../../training/recomputation.ts';
import type { LayerCounts } from '../../training/recomputation.ts';
import type { TrainingSettings } from '../../training/settings.ts';
import { setUpTraining } from '../../training/setup.ts';
import { TrainingData } from '../../training/training-data.ts';
import { totalStepsOf } from '../../training/training-run.ts';
import { memoryPlace } from '../inspect/machine.ts';
import type { MemoryPlace } from '../inspect/machine.ts';
import { DiskMediaReader } from '../media-reader/media-reader.ts';
import { loadHere } from '../session/load-here.ts';
import { requireEffect, requireHeldOut, requireSamples } from './request-checks.ts';
import { settingsFor } from './train-request.ts';
import type { TrainRequest } from './train-request.ts';

/** What a run is about to do, known before its first step. */
export interface TrainPlan {
  readonly settings: TrainingSettings;
  readonly samples: number;
  readonly heldOutSamples: number;
  readonly totalSteps: number;
  readonly stepsPerEpoch: number;
  readonly trainedParameters: number;
  /** Of the whole model, adapters not counted. */
  readonly totalParameters: number;
  /** Of the decoder, of which settings.recompute compute their activations twice. */
  readonly layers: number;
  readonly memory: MemoryPlan;
  /** Memory that the engine may use. */
  readonly memoryLimitBytes: number;
  /** Where the plan needs more than that: what should fit, if anything does. */
  readonly fitting: FittingSettings | null;
  /** The device with that memory. */
  readonly place: MemoryPlace;
  /** Records that could not be read, and samples whose media cannot be. */
  readonly issues: readonly DatasetIssue[];
  /** Ids of samples in which nothing is learnt; they are left out. */
  readonly unsupervised: readonly string[];
  /** What may not be as the person meant it, in whole sentences. */
  readonly notes: readonly string[];
  /** What was chosen where nobody did, in whole sentences. */
  readonly choices: readonly string[];
}

export interface OpenTraining {
  readonly modelDir: string;
  readonly loaded: LoadedModel;
  readonly processor: Processor;
  readonly media: DiskMediaReader;
  readonly data: TrainingData;
  /** null without held-out samples. */
  readonly heldOut: TrainingData | null;
  readonly trainables: readonly Trainable[];
  /** The tower's features are computed in each step, because it trains. */
  readonly towerTrains: boolean;
  readonly plan: TrainPlan;
}

export interface OpenOptions {
  /** Sentences that join those of the plan. */
  readonly notes?: readonly string[];
  readonly onReading?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens model and data as asked, and hands them out for the time of `work`.
 * @throws the errors of loadHere, Processor.load, TrainingData.open and settingsFor
 */
export async function withOpenTraining<T>(
  request: TrainRequest,
  options: OpenOptions,
  work: (open: OpenTraining) => Promise<T>,
): Promise<T> {
  requireHeldOut(request);
  ensureDevice(request);
  const memoryLimitBytes = request.memoryLimitBytes ?? freeMemory() + memoryStats().liveBytes;
  setMemoryLimit(memoryLimitBytes);
  try {
    const { modelDir } = request;
    using loaded = await loadHere(resolve(modelDir), loadOptions(request), memoryLimitBytes);
    return await work(await openData(request, loaded, memoryLimitBytes, options));
  } finally {
    setMemoryLimit(0);
    // The process may stay for the next run; what this one held goes back to the machine.
    trimMemory();
  }
}

function loadOptions({ method, dtype, quantize }: TrainRequest): LoadOptions {
  return { dtype, quantize, quantizeUnlessStored: method === 'qlora' ? 'nf4' : undefined };
}

/**
 * A tenth stays for the rest of the machine, so that the system never has to end processes, and
 * for others who use the same device.
 */
function freeMemory(): number {
  const ofDevice = deviceMemoryBytes();
  // Node 20 has it from 20.13 on only; it knows the limits of containers.
  const free: number = process.availableMemory?.() ?? freemem();
  const isCpu = deviceInfo().memoryBytes === 0;
  return Math.floor(0.9 * (isCpu ? Math.min(free, ofDevice ?? free) : (ofDevice ?? free)));
}

async function openData(
  request: TrainRequest,
  loaded: LoadedModel,
  memoryLimitBytes: number,
  { notes = [], onReading, signal }: OpenOptions,
): Promise<OpenTraining> {
  const modelDir = resolve(request.modelDir);
  const asked = await settingsFor(request, loaded);
  const media = new DiskMediaReader();
  const processor = await Processor.load(modelDir, loaded.config);
  const limits = { maxLength: lengthLimit(asked, loaded), onProgress: onReading, signal };
  const open = async (path: string) => {
    const { samples, issues } = await loadDataset(path);
    requireSamples(path, samples.length, issues);
    return { data: await TrainingData.open(samples, processor, media, limits), issues };
  };
  const { data, issues } = await open(request.dataPath);
  const held = request.evalDataPath === undefined ? null : await open(request.evalDataPath);
  const trainables = await setUpTraining(loaded, asked);
  requireEffect(request, trainables, data.largest(data.size).images);
  const largest = data.largest(asked.batchSize);
  const planWith = (state: PlannedOptimizer, recompute: number): MemoryPlan =>
    planMemory(loaded, trainables, { ...largest, recompute }, null, state);
  const layers = layerCounts(loaded);
  const { choices, ...recomputation } = settleRecomputation(
    request.recompute === undefined ? undefined : asked.recompute,
    asked.method,
    layers,
    (recompute) => planWith(plannedOptimizer(asked), recompute),
    { limitBytes: memoryLimitBytes, isOwn: deviceInfo().memoryBytes > 0 },
  );
  const settings = { ...asked, ...recomputation };
  const { recompute } = settings;
  const totalSteps = totalStepsOf(settings, data.size);
  const planned = planWith(plannedOptimizer(settings), recompute);
  const least = planWith(leastOnDevice(settings), recompute);
  const leaves = leavesDevice(planned, least, memoryLimitBytes);
  const memory = leaves ? least : planned;
  const shape = { ...largest, recompute };
  const plan: TrainPlan = {
    settings,
    samples: data.size,
    heldOutSamples: held?.data.size ?? 0,
    totalSteps,
    stepsPerEpoch: stepsPerEpoch({ ...settings, sampleCount: data.size }),
    trainedParameters: numelOf(trainables.map(({ parameter }) => parameter)),
    totalParameters: numelOf(loaded.weights.parameters.values()),
    layers: layers.all,
    memory,
    memoryLimitBytes,
    fitting:
      memory.totalBytes > memoryLimitBytes
        ? findFitting(loaded, trainables, shape, settings, memoryLimitBytes)
        : null,
    place: memoryPlace(),
    issues: [...issues, ...data.issues, ...(held?.issues ?? []), ...(held?.data.issues ?? [])],
    unsupervised: [...data.unsupervised, ...(held?.data.unsupervised ?? [])].map(({ id }) => id),
    notes: [...notes, ...clippedNotes(media), ...warmupNotes(settings, totalSteps)],
    choices: [...choices, ...(leaves ? [leavesDeviceChoice] : [])],
  };
  const towerTrains = trainables.some(({ part }) => part === 'vision');
  const opened = { modelDir, loaded, processor, media, data, trainables, towerTrains };
  return { ...opened, heldOut: held?.data ?? null, plan };
}

/** Windows and viewers show such pictures scaled: nobody would see it. */
function clippedNotes({ clippedPictures: count }: DiskMediaReader): string[] {
  if (count === 0) return [];
  const what = count === 1 ? '1 picture is' : `${count} pictures are`;
  return [
    `${what} of 16-bit grey: the model sees all values above 255 as white. Save such scans with 8 bits, in the window that shows what matters.`,
  ];
}

function layerCounts({ model }: LoadedModel): LayerCounts {
  const { config, recomputableLayers } = model.languageModel;
  return { all: config.numHiddenLayers, recomputable: recomputableLayers };
}

function numelOf(parameters: Iterable<{ readonly numel: number }>): number {
  let sum = 0;
  for (const { numel } of parameters) sum += numel;
  return sum;
}

/** Such a run is legal, and sometimes meant, but learns less than its rate promises. */
function warmupNotes({ warmupSteps }: TrainingSettings, totalSteps: number): string[] {
  if (warmupSteps < totalSteps) return [];
  return [
    `The warm-up of ${warmupSteps} steps is not over within the ${totalSteps} of this run: the learning rate never gets to its full height.`,
  ];
}

/** @param least with all off the device that may leave it */
function leavesDevice(planned: MemoryPlan, least: MemoryPlan, limitBytes: number): boolean {
  const isFull = planned.totalBytes > limitBytes && least.totalBytes <= limitBytes;
  return isFull && least.hostBytes !== planned.hostBytes;
}

const leavesDeviceChoice =
  "The optimiser's state does not fit on the device beside the rest: it will lie in the machine's memory, which makes each step a little longer.";

function lengthLimit(settings: TrainingSettings, loaded: LoadedModel): number {
  const positions = loaded.model.languageModel.config.maxPositions;
  return Math.min(settings.maxLength ?? positions, positions);
}

/** Config, names and shapes: enough to tell models apart without reading gigabytes. */
export function modelDigest(loaded: LoadedModel): string {
  const hash = createHash('sha256').update(JSON.stringify(loaded.config));
  for (const [name, { shape, dtype, quantization }] of loaded.weights.parameters) {
    hash.update(`${name} ${quantization ?? dtype} ${shape.join('x')}\n`);
  }
  return hash.digest('hex');
}
