/** What a training step needs, by arithmetic, and what would fit when it does not. */
import { LensmithError } from '../base/errors.ts';
import type { Llava } from '../models/llava.ts';
import type { LoadedModel } from '../models/load.ts';
import { isQuantizable } from '../models/quantization.ts';
import { quantizedSizeBytes } from '../tensor/quantized.ts';
import type { QuantFormat } from '../tensor/quantized.ts';
import type { Trainable } from './parts.ts';
import { partOf } from './parts.ts';

export interface StepShape {
  /** Tokens of the largest micro-batch. */
  readonly tokens: number;
  readonly supervisedTokens: number;
  readonly images: number;
  readonly recompute: boolean;
}

export interface MemoryPlan {
  readonly weightsBytes: number;
  /** Gradients, both moments of AdamW, and f32 masters of 16-bit weights. */
  readonly trainingBytes: number;
  readonly activationBytes: number;
  readonly totalBytes: number;
}

/** Floats a decoder layer keeps for one token: norms, rotary, attention, gated MLP, residuals. */
function decoderFloats(model: Llava): number {
  const c = model.languageModel.config;
  const attention = 2 * c.numAttentionHeads * c.headSize + 2 * c.numKeyValueHeads * c.headSize;
  return 4 * c.hiddenSize + attention + 3 * c.intermediateSize;
}

/**
 * Bytes of all weights as they are.
 * @param quantize reckons those in few bits that could be
 */
export function weightBytes({ weights }: LoadedModel, quantize: QuantFormat | null = null): number {
  let bytes = 0;
  for (const [name, parameter] of weights.parameters) {
    const [rows = 1, cols = 1] = parameter.shape;
    const smaller = quantize !== null && isQuantizable(name, parameter.shape);
    bytes += smaller ? quantizedSizeBytes(quantize, rows, cols) : parameter.sizeBytes;
  }
  return bytes;
}

/**
 * An upper estimate of a step's memory. Activations: everything the backward pass
 * reads, in f32; with recomputation one input a layer and one layer at work.
 */
export function planMemory(
  loaded: LoadedModel,
  trainables: readonly Trainable[],
  shape: StepShape,
  quantize: QuantFormat | null = null,
): MemoryPlan {
  const { model, weights } = loaded;
  let weightsBytes = weightBytes(loaded, quantize);
  let trainingBytes = 0;
  for (const { parameter } of trainables) {
    trainingBytes += parameter.numel * (parameter.dtype === 'f32' ? 12 : 16);
    if (!weights.parameters.has(parameter.name)) weightsBytes += parameter.numel * 4;
  }
  const activationBytes = 4 * activationFloats(model, trainables, shape);
  return {
    weightsBytes,
    trainingBytes,
    activationBytes,
    totalBytes: weightsBytes + trainingBytes + activationBytes,
  };
}

function activationFloats(
  model: Llava,
  trainables: readonly Trainable[],
  shape: StepShape,
): number {
  const { tokens, supervisedTokens, images, recompute } = shape;
  const c = model.languageModel.config;
  const perLayer = decoderFloats(model);
  const layers = recompute
    ? c.numHiddenLayers * c.hiddenSize + 2 * perLayer
    : (c.numHiddenLayers + 1) * perLayer;
  // The head is worked in chunks; the rows under loss and their gradient stay.
  const head = 2 * supervisedTokens * c.hiddenSize;
  const visionTrains = trainables.some(({ name }) => partOf(name) === 'vision');
  const tower = model.visionTower;
  const perVisionLayer = 16 * tower.hiddenSize;
  const visionLayers = recompute
    ? tower.numHiddenLayers * tower.hiddenSize + 2 * perVisionLayer
    : (tower.numHiddenLayers + 1) * perVisionLayer;
  const vision =
    images * tower.tokensPerImage * (visionTrains ? visionLayers : 2 * tower.hiddenSize);
  return tokens * (layers + 3 * c.hiddenSize) + head + vision;
}

export interface BatchSettings {
  readonly batchSize: number;
  readonly gradientAccumulation: number;
}

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
  const needed = planMemory(loaded, trainables, shape);
  const fitting = findFitting(loaded, trainables, shape, settings, limitBytes);
  return new LensmithError(
    'memory/out-of-memory',
    'There is not enough memory for a training step.',
    {
      expected: `about ${gib(needed.totalBytes)} for ${shape.tokens} tokens: weights ${gib(needed.weightsBytes)}, gradients and optimiser ${gib(needed.trainingBytes)}, activations ${gib(needed.activationBytes)}`,
      got: `${gib(limitBytes)} to use${cause.got === undefined ? '' : `; ${cause.got}`}`,
      hint:
        fitting ??
        'No batch size fits: train fewer parts or by --method qlora, load with --dtype bf16, or use a smaller model.',
      cause,
    },
  );
}

function findFitting(
  loaded: LoadedModel,
  trainables: readonly Trainable[],
  shape: StepShape,
  { batchSize, gradientAccumulation }: BatchSettings,
  limitBytes: number,
): string | undefined {
  for (const recompute of shape.recompute ? [true] : [false, true]) {
    for (let size = batchSize; size >= 1; size = Math.floor(size / 2)) {
      if (recompute === shape.recompute && size === batchSize) continue; // what just failed
      const share = size / batchSize;
      const smaller = {
        tokens: Math.ceil(shape.tokens * share),
        supervisedTokens: Math.ceil(shape.supervisedTokens * share),
        images: Math.ceil(shape.images * share),
        recompute,
      };
      const { totalBytes } = planMemory(loaded, trainables, smaller);
      if (totalBytes > 0.9 * limitBytes) continue;
      const accumulation = Math.ceil((batchSize * gradientAccumulation) / size);
      const flags = `--batch-size ${size} --gradient-accumulation ${accumulation}${recompute ? ' --recompute' : ''}`;
      return `This should fit, at about ${gib(totalBytes)}, with the same samples a step: ${flags}`;
    }
  }
  return undefined;
}

function gib(bytes: number): string {
  return bytes >= 2 ** 30
    ? `${(bytes / 2 ** 30).toFixed(1)} GiB`
    : `${Math.max(1, Math.round(bytes / 2 ** 20))} MiB`;
}
