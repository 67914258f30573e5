/**
 * What a step holds besides weights and optimiser, tensor by tensor.
 *
 * Legend: T tokens, D hidden size, F intermediate size, Q and K widths of all query and of all
 * key-value heads, H query heads, r rank, V vocabulary; a letter stands for T floats of that width,
 * a small one (q, k, f) for T values of what maps are kept in (nn/activations.ts): 4 bytes, or 2.
 *
 *   kept of a layer   2 D (inputs of the norms) + 2 q + 2 k + H (attention) + 2 f (gate, up)
 *                     + 7 r where adapters train; what norms and the gated unit give is made again;
 *                     the last layer keeps D, 2 k, 2 r of all tokens, and what is above of those
 *                     alone that it makes hidden states of
 *   at work           beside adapters: a layer's outputs, q + 2 k + 2 D + 2 f, and q + k before
 *                     their rotation; the outputs twice, without and with the adapter's part,
 *                     with dropout; or, where that is more, a gated unit made again with its
 *                     gradients, 4 f, and that of the layer, D;
 *                     else the gradients of one gated unit, 3 f + 2 D
 *
 * A layer that is computed twice keeps its input, D, alone. The fullest moment is one of three: all
 * that is kept is there and the last layer is at work; the last has gone and the one before it is at
 * work; only layers that are computed twice are left and one of them is kept and at work, but for its
 * result, D, which nobody reads the second time.
 * Embeddings and the final norm take 3 D more.
 */
import type { LoadedModel } from '../models/load.ts';
import { activationDType } from '../nn/activations.ts';
import { allocatedBytes } from '../tensor/allocation.ts';
import { dtypeSizeBytes } from '../tensor/dtype.ts';
import type { ValueDType } from '../tensor/dtype.ts';
import type { StepShape } from './memory-plan.ts';
import { partOf } from './parts.ts';
import type { Trainable } from './parts.ts';

export interface ActivationMemory {
  /** At the fullest moment from the last layer's forward pass to the backward pass of that before it. */
  readonly keptBytes: number;
  /** Of one layer: what the end of the backward pass holds besides gradients. */
  readonly atWorkBytes: number;
}

export function activationMemory(
  { model, weights }: LoadedModel,
  trainables: readonly Trainable[],
  shape: StepShape,
): ActivationMemory {
  const { tokens, supervisedTokens, tailTokens, recompute } = shape;
  const { hiddenSize, numHiddenLayers } = model.languageModel.config;
  const rows = (width: number, count: number): number => allocatedBytes(4 * count * width);
  const D = rows(hiddenSize, tokens);
  const memoryOf = layerMemory(model, weights, rankOf(trainables), tokens);
  const last = memoryOf(tailTokens);
  const other = numHiddenLayers > 1 ? memoryOf(tokens) : last;
  // The head is worked in chunks; the rows under loss and their gradient stay.
  const atEnd = last.kept + last.atWork + 2 * rows(hiddenSize, supervisedTokens);
  const twice = Math.min(recompute, numHiddenLayers - 1);
  const once = numHiddenLayers - 1 - twice;
  const working = other.kept + other.atWork - (twice > 0 ? D : 0);
  const layers =
    twice * D +
    Math.max(
      once * other.kept + Math.max(once > 0 ? other.atWork : 0, atEnd),
      twice > 0 ? working : 0,
    );
  const vision = visionBytes(model, trainables, shape);
  return { keptBytes: layers + 3 * D + vision, atWorkBytes: working + vision };
}

interface LayerMemory {
  readonly kept: number;
  readonly atWork: number;
}

/** @returns bytes of a layer that makes hidden states of `own` of its rows */
function layerMemory(
  { languageModel }: LoadedModel['model'],
  weights: LoadedModel['weights'],
  rank: number,
  tokens: number,
): (own: number) => LayerMemory {
  const c = languageModel.config;
  const valueBytes = dtypeSizeBytes[valuesOf(weights)];
  const floats = (width: number, count: number): number => allocatedBytes(4 * count * width);
  const values = (width: number, count: number): number =>
    allocatedBytes(valueBytes * count * width);
  const k = values(c.numKeyValueHeads * c.headSize, tokens);
  return (own) => {
    const D = floats(c.hiddenSize, own);
    const [q, f] = [values(c.numAttentionHeads * c.headSize, own), values(c.intermediateSize, own)];
    const inputs = floats(c.hiddenSize, tokens) + (own < tokens ? D : 0);
    const low = rank > 0 ? 2 * floats(rank, tokens) + 5 * floats(rank, own) : 0;
    const outputs = q + 2 * k + 2 * D + 2 * f;
    return {
      kept: inputs + D + 2 * q + 2 * k + 2 * f + floats(c.numAttentionHeads, own) + low,
      atWork:
        rank > 0
          ? Math.max((addsApart(weights) ? 2 : 1) * outputs + q + k, 4 * f + D)
          : 3 * f + 2 * D,
    };
  };
}

/** Of the decoder's adapters; 0 where none trains. */
function rankOf(trainables: readonly Trainable[]): number {
  const ranks = trainables
    .filter(({ name }) => /\.language_model\.layers\..*\.lora_A\.weight$/.test(name))
    .map(({ parameter }) => parameter.shape[0] ?? 0);
  return Math.max(0, ...ranks);
}

/** What values between the maps of the decoder's layers are kept in. */
function valuesOf({ linears }: LoadedModel['weights']): ValueDType {
  const maps = [...linears.values()].filter(({ path }) => path.includes('.language_model.layers.'));
  return activationDType(maps, false);
}

/** Whether an adapter's part is added to a map's output rather than made in its place. */
function addsApart({ linears }: LoadedModel['weights']): boolean {
  return [...linears.values()].some(
    ({ adapter }) => adapter !== null && adapter.options.dropout > 0,
  );
}

/** Of the tower: what its layers keep when it trains, else its features. */
function visionBytes(
  model: LoadedModel['model'],
  trainables: readonly Trainable[],
  { images, recompute }: StepShape,
): number {
  const tower = model.visionTower;
  // Inputs of the norms, attention (4) and the inner unit before its activation (4).
  const perLayer = 10 * tower.hiddenSize;
  const layers =
    recompute > 0
      ? tower.numHiddenLayers * tower.hiddenSize + 2 * perLayer
      : (tower.numHiddenLayers + 1) * perLayer;
  const trains = trainables.some(({ name }) => partOf(name) === 'vision');
  return allocatedBytes(
    4 * images * tower.tokensPerImage * (trains ? layers : 2 * tower.hiddenSize),
  );
}
