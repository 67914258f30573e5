/** What a training step needs, by arithmetic, and what would fit when it does not. */
import { LensmithError } from '../base/errors.ts';
import type { LoadedModel } from '../models/load.ts';
import { isQuantizable } from '../models/quantization.ts';
import type { Parameter } from '../nn/parameter.ts';
import { allocatedBytes } from '../tensor/allocation.ts';
import { deviceInfo } from '../tensor/device.ts';
import { quantizedSizeBytes } from '../tensor/quantized.ts';
import type { QuantFormat } from '../tensor/quantized.ts';
import { activationMemory } from './activation-memory.ts';
import { stateBytes } from './optimizer-state.ts';
import type { OptimizerName } from './optimizer-state.ts';
import type { Trainable } from './parts.ts';
import type { TrainingSettings } from './settings.ts';

export interface StepShape {
  /** Tokens of the largest micro-batch. */
  readonly tokens: number;
  readonly supervisedTokens: number;
  /** From the first that is under loss of each sample to its end. */
  readonly tailTokens: number;
  readonly images: number;
  /** Layers of the decoder that compute their activations twice. */
  readonly recompute: number;
}

/** What AdamW keeps, and where. */
export interface PlannedOptimizer {
  readonly optimizer: OptimizerName;
  /** In the machine's memory, beside a device that has its own. */
  readonly isOnHost: boolean;
}

const usualOptimizer: PlannedOptimizer = { optimizer: 'adamw', isOnHost: false };

/** Where a run keeps its state, on the device that is open. */
export function plannedOptimizer({
  optimizer,
  optimizerMemory,
}: Pick<TrainingSettings, 'optimizer' | 'optimizerMemory'>): PlannedOptimizer {
  return { optimizer, isOnHost: optimizerMemory === 'host' && deviceInfo().memoryBytes > 0 };
}

/** The same once the state that may leave the device has left it: a full device sees to that. */
export function leastOnDevice({
  optimizer,
  optimizerMemory,
}: Pick<TrainingSettings, 'optimizer' | 'optimizerMemory'>): PlannedOptimizer {
  const isOnHost = optimizerMemory !== 'device' && deviceInfo().memoryBytes > 0;
  return { optimizer, isOnHost };
}

export interface MemoryPlan {
  readonly weightsBytes: number;
  /** Gradients, and what AdamW keeps unless that lies in the machine's memory. */
  readonly trainingBytes: number;
  /** What AdamW keeps in the machine's memory, beside a device that has its own. */
  readonly hostBytes: number;
  /** What a step needs beyond these when it is at its fullest. */
  readonly activationBytes: number;
  readonly totalBytes: number;
  /**
   * Of the weights, those that stay in their files: the system may drop such pages and read them
   * again, and the peak that a run tells does not count them.
   */
  readonly mappedBytes: number;
}

/**
 * Bytes of all weights as they are.
 * @param quantize reckons those in few bits that could be and are not yet
 */
export function weightBytes({ weights }: LoadedModel, quantize: QuantFormat | null = null): number {
  let bytes = 0;
  for (const parameter of weights.parameters.values()) bytes += bytesAs(parameter, quantize);
  return bytes;
}

function bytesAs(parameter: Parameter, quantize: QuantFormat | null): number {
  const { name, shape, isMapped, quantization } = parameter;
  const [rows = 1, cols = 1] = shape;
  if (quantize !== null && quantization === null && isQuantizable(name, shape)) {
    return allocatedBytes(quantizedSizeBytes(quantize, rows, cols));
  }
  return isMapped ? parameter.sizeBytes : allocatedBytes(parameter.sizeBytes);
}

/**
 * A step's memory at its fullest: weights, moments and masters, and the larger of two moments:
 *   after the forward pass   what it keeps (activation-memory.ts), and a head that trains has two
 *                            of its gradients by then
 *   after the backward pass  all gradients, and one layer at work; or two more of a table that is
 *                            embedding and head: that of the embedding, and the sum of both
 * @param quantize reckons the decoder's matrices in few bits
 */
export function planMemory(
  loaded: LoadedModel,
  trainables: readonly Trainable[],
  shape: StepShape,
  quantize: QuantFormat | null = null,
  { optimizer, isOnHost }: PlannedOptimizer = usualOptimizer,
): MemoryPlan {
  const { model, weights } = loaded;
  const { head, embedding } = model.languageModel;
  let weightsBytes = weightBytes(loaded, quantize);
  let [states, gradients, headGradients, tableGradients, mappedBytes] = [0, 0, 0, 0, 0];
  for (const { parameter } of trainables) {
    const floats = allocatedBytes(4 * parameter.numel);
    states += stateBytes(parameter, optimizer);
    gradients += floats;
    if (parameter.name === head.name) headGradients = 2 * floats;
    if (parameter.name === embedding.name && embedding === head) tableGradients = 2 * floats;
    if (!weights.parameters.has(parameter.name)) weightsBytes += floats;
  }
  for (const parameter of weights.parameters.values()) {
    const { name, shape: sizes, quantization } = parameter;
    const stays = quantize === null || quantization !== null || !isQuantizable(name, sizes);
    if (parameter.isMapped && stays) mappedBytes += parameter.sizeBytes;
  }
  const { keptBytes, atWorkBytes } = activationMemory(loaded, trainables, shape);
  const atEnd = Math.max(atWorkBytes, tableGradients);
  const fullest = Math.max(keptBytes + headGradients, gradients + atEnd);
  const statesHere = isOnHost ? 0 : states;
  const totalBytes = weightsBytes + statesHere + fullest;
  return {
    weightsBytes,
    trainingBytes: statesHere + gradients,
    hostBytes: states - statesHere,
    activationBytes: Math.max(0, fullest - gradients),
    totalBytes,
    mappedBytes,
  };
}

export type BatchSettings = Pick<
  TrainingSettings,
  'batchSize' | 'gradientAccumulation' | 'optimizer' | 'optimizerMemory'
>;

/**
 * The error of a step that found no memory, with settings that would: the same
 * samples a step in smaller micro-batches, recomputation, or both.
 * @param limitBytes memory that the engine may use
 */
export function outOfMemory(
  loaded: LoadedModel,
  trainables: readonly Trainable[],
  shape: StepShape,
  settings: BatchSettings,
  limitBytes: number,
  cause: LensmithError,
): LensmithError {
  const needed = planMemory(loaded, trainables, shape, null, leastOnDevice(settings));
  const fitting = findFitting(loaded, trainables, shape, settings, limitBytes);
  return new LensmithError(
    'memory/out-of-memory',
    'There is not enough memory for a training step.',
    {
      expected: `about ${gib(needed.totalBytes)} for ${shape.tokens} tokens: weights ${gib(needed.weightsBytes)}, gradients and optimiser ${gib(needed.trainingBytes)}, activations ${gib(needed.activationBytes)}`,
      got: `${gib(limitBytes)} to use${cause.got === undefined ? '' : `; ${cause.got}`}`,
      hint:
        fitting === null
          ? 'No batch size fits: train fewer parts or by --method qlora, load with --dtype bf16, or use a smaller model.'
          : fittingWords(fitting, settings),
      cause,
    },
  );
}

/** The same optimiser before moments in fewer bits, activations of many layers kept before few. */
function* thriftierSettings({ optimizer }: BatchSettings, recompute: number, most: number) {
  for (const thrifty of new Set([optimizer, 'adamw-8bit'] as const)) {
    for (let more = recompute; more <= most; more++) yield { optimizer: thrifty, recompute: more };
  }
}

/** Settings of a step with the same samples that should fit. */
export interface FittingSettings {
  readonly batchSize: number;
  readonly gradientAccumulation: number;
  /** Layers that compute their activations twice. */
  readonly recompute: number;
  /** Whether these are all that can. */
  readonly recomputesAll: boolean;
  readonly optimizer: OptimizerName;
  readonly totalBytes: number;
}

/** The closest ones to those that do not fit; null where none do. @param limitBytes as above */
export function findFitting(
  loaded: LoadedModel,
  trainables: readonly Trainable[],
  shape: StepShape,
  settings: BatchSettings,
  limitBytes: number,
): FittingSettings | null {
  const { batchSize, gradientAccumulation } = settings;
  const most = loaded.model.languageModel.recomputableLayers;
  for (const { optimizer, recompute } of thriftierSettings(settings, shape.recompute, most)) {
    const isSame = optimizer === settings.optimizer && recompute === shape.recompute;
    for (let size = batchSize; size >= 1; size = Math.floor(size / 2)) {
      if (isSame && size === batchSize) continue; // what just failed
      const share = size / batchSize;
      const smaller = {
        tokens: Math.ceil(shape.tokens * share),
        supervisedTokens: Math.ceil(shape.supervisedTokens * share),
        tailTokens: Math.ceil(shape.tailTokens * share),
        images: Math.ceil(shape.images * share),
        recompute,
      };
      const state = leastOnDevice({ ...settings, optimizer });
      const { totalBytes } = planMemory(loaded, trainables, smaller, null, state);
      if (totalBytes > 0.9 * limitBytes) continue;
      const accumulation = Math.ceil((batchSize * gradientAccumulation) / size);
      return {
        batchSize: size,
        gradientAccumulation: accumulation,
        recompute,
        recomputesAll: recompute === most,
        optimizer,
        totalBytes,
      };
    }
  }
  return null;
}

/** In options of the command line. @param settings those that do not fit */
export function fittingWords(
  fitting: FittingSettings,
  settings: Pick<BatchSettings, 'optimizer'>,
): string {
  const { batchSize, gradientAccumulation, recompute, recomputesAll, totalBytes } = fitting;
  const flags = [
    `--batch-size ${batchSize} --gradient-accumulation ${gradientAccumulation}`,
    ...(recompute > 0 ? [`--recompute ${recomputesAll ? 'on' : recompute}`] : []),
    ...(fitting.optimizer === settings.optimizer ? [] : [`--optimizer ${fitting.optimizer}`]),
  ];
  return `This should fit, at about ${gib(totalBytes)}, with the same samples a step: ${flags.join(' ')}`;
}

export function gib(bytes: number): string {
  return bytes >= 2 ** 30
    ? `${(bytes / 2 ** 30).toFixed(1)} GiB`
    : `${Math.max(1, Math.round(bytes / 2 ** 20))} MiB`;
}
