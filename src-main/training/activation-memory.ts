/**
 * What a step holds besides weights and optimiser, tensor by tensor.
 *
 * Legend: T tokens, D hidden size, F intermediate size, Q and K widths of all query and of all
 * key-value heads, H query heads, r rank, V vocabulary; a letter stands for T floats of that width,
 * a small one (q, k, f) for T values of what maps are kept in (nn/activations.ts): 4 bytes, or 2.
 *
 *   kept of a layer   2 D (inputs of the norms) + 2 q + 2 k + H (attention) + 2 f (gate, up)
 *                     + 7 r where adapters train; what norms and the gated unit give is made again
 *   at work           beside adapters: a layer's outputs, q + 2 k + 2 D + 2 f, and q + k before
 *                     their rotation; the outputs twice, without and with the adapter's part,
 *                     with dropout;
 *                     else the gradients of one gated unit, 3 f + 2 D
 *
 * All layers are kept and one is at work; with recomputation every layer keeps its input, D, and
 * one is kept and at work. Embeddings and the final norm take 3 D more.
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
  /** When the loss is there and nothing of the backward pass has been done. */
  readonly keptBytes: number;
  /** Of one layer: what the end of the backward pass holds besides gradients. */
  readonly atWorkBytes: number;
}

export function activationMemory(
  { model, weights }: LoadedModel,
  trainables: readonly Trainable[],
  shape: StepShape,
): ActivationMemory {
  const { tokens, supervisedTokens, recompute } = shape;
  const c = model.languageModel.config;
  const rows = (width: number, count = tokens): number => allocatedBytes(4 * count * width);
  const D = rows(c.hiddenSize);
  const valueBytes = dtypeSizeBytes[valuesOf(weights)];
  const values = (width: number): number => allocatedBytes(valueBytes * tokens * width);
  const [q, f] = [values(c.numAttentionHeads * c.headSize), values(c.intermediateSize)];
  const k = values(c.numKeyValueHeads * c.headSize);
  const inLayers = trainables.filter(({ name }) => name.includes('.language_model.layers.'));
  const rank = Math.max(
    0,
    ...inLayers
      .filter(({ name }) => name.endsWith('.lora_A.weight'))
      .map(({ parameter }) => parameter.shape[0] ?? 0),
  );
  const inputs = rank > 0 ? 7 * rows(rank) : 0;
  const layer = 2 * D + 2 * q + 2 * k + 2 * f + rows(c.numAttentionHeads) + inputs;
  const outputs = q + 2 * k + 2 * D + 2 * f;
  const work = rank > 0 ? (addsApart(weights) ? 2 : 1) * outputs + q + k : 3 * f + 2 * D;
  const layers = recompute ? c.numHiddenLayers * D + layer : c.numHiddenLayers * layer;
  // The head is worked in chunks; the rows under loss and their gradient stay.
  const head = 2 * rows(c.hiddenSize, supervisedTokens);
  const vision = visionBytes(model, trainables, shape);
  return {
    keptBytes: layers + work + 3 * D + head + vision,
    atWorkBytes: layer + work + vision,
  };
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
  const layers = recompute
    ? tower.numHiddenLayers * tower.hiddenSize + 2 * perLayer
    : (tower.numHiddenLayers + 1) * perLayer;
  const trains = trainables.some(({ name }) => partOf(name) === 'vision');
  return allocatedBytes(
    4 * images * tower.tokensPerImage * (trains ? layers : 2 * tower.hiddenSize),
  );
}
