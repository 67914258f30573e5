import type { LoadedModel } from '../../models/load.ts';
import { Parameter } from '../../nn/parameter.ts';
import { planMemory, weightBytes } from '../../training/memory-plan.ts';
import type { MemoryPlan } from '../../training/memory-plan.ts';
import { defaultParts, isDecayed, partOf, trainsAdapters } from '../../training/parts.ts';
import type { Trainable, TrainingMethod } from '../../training/parts.ts';
import { memoryPlace } from './machine.ts';
import type { MemoryPlace } from './machine.ts';

/** What the figures assume. */
export interface MemoryAssumptions {
  /** Tokens of the conversation, or of one micro-batch of training. */
  readonly tokens: number;
  readonly images: number;
  /** Of the adapters on every linear map of the language model. */
  readonly loraRank: number;
}

/** Bytes that an answer needs. */
export interface RunMemory {
  readonly weightsBytes: number;
  readonly cacheBytes: number;
  readonly activationBytes: number;
  readonly totalBytes: number;
}

/** null: the method cannot train such a model. */
type TrainingMemory = Readonly<Record<Exclude<TrainingMethod, 'full'>, MemoryPlan>> & {
  readonly full: MemoryPlan | null;
};

export interface MemoryFigures {
  readonly place: MemoryPlace;
  readonly assumptions: MemoryAssumptions;
  readonly run: RunMemory;
  readonly train: TrainingMemory;
}

/** A conversation of usual length, or the model's whole context where that is shorter. */
export function usualAssumptions({ model }: LoadedModel): MemoryAssumptions {
  const tokens = Math.min(model.languageModel.config.maxPositions, model.tokensPerImage + 512);
  return { tokens, images: 1, loraRank: 16 };
}

/**
 * Memory of a conversation of T tokens in f32 activations (D hidden size, F
 * intermediate size, H heads and G key-value heads of size K, L layers, V vocabulary):
 *
 *   cache       = 4 · 2·L·G·K · T
 *   activations = 4 · (T · (4·D + 3·F + 2·(H + G)·K) + V)   one layer at work, one row of logits
 *                 + 4 · images · tokens of the tower · 16 · its hidden size
 *
 * Training is as planMemory says: gradients and moments of what trains, and what the backward
 * pass reads; qlora with the decoder's matrices in NF4 and recomputation of all layers. A decoder
 * that is in few bits already does not train itself.
 */
export function memoryFigures(
  loaded: LoadedModel,
  assumptions: MemoryAssumptions = usualAssumptions(loaded),
): MemoryFigures {
  const { tokens, images } = assumptions;
  const answered = Math.ceil(tokens / 4);
  const shape = {
    tokens,
    supervisedTokens: answered,
    tailTokens: answered,
    images,
    recompute: 0,
  };
  const plan = (method: TrainingMethod): MemoryPlan => {
    const trainables = trainablesOf(loaded, method, assumptions.loraRank);
    const recompute = loaded.model.languageModel.recomputableLayers;
    return method === 'qlora'
      ? planMemory(loaded, trainables, { ...shape, recompute }, 'nf4')
      : planMemory(loaded, trainables, shape);
  };
  const isInFewBits = [...loaded.weights.parameters.values()].some(
    ({ quantization }) => quantization !== null,
  );
  return {
    place: memoryPlace(),
    assumptions,
    run: runMemory(loaded, assumptions),
    train: {
      projector: plan('projector'),
      lora: plan('lora'),
      qlora: plan('qlora'),
      full: isInFewBits ? null : plan('full'),
    },
  };
}

function runMemory(loaded: LoadedModel, assumptions: MemoryAssumptions): RunMemory {
  const { model } = loaded;
  const { tokens, images } = assumptions;
  const c = model.languageModel.config;
  const weightsBytes = weightBytes(loaded);
  const cacheBytes = 4 * 2 * c.numHiddenLayers * c.numKeyValueHeads * c.headSize * tokens;
  const heads = 2 * (c.numAttentionHeads + c.numKeyValueHeads) * c.headSize;
  const row = 4 * c.hiddenSize + 3 * c.intermediateSize + heads;
  const tower = images * model.visionTower.tokensPerImage * 16 * model.visionTower.hiddenSize;
  const activationBytes = 4 * (tokens * row + c.vocabSize + tower);
  const totalBytes = weightsBytes + cacheBytes + activationBytes;
  return { weightsBytes, cacheBytes, activationBytes, totalBytes };
}

/** What a method trains by default, by size only. */
function trainablesOf(loaded: LoadedModel, method: TrainingMethod, rank: number): Trainable[] {
  const parts = defaultParts[method];
  const trainable = (name: string, parameter: Parameter): Trainable => ({
    name,
    parameter,
    part: partOf(name),
    decayed: isDecayed(name),
  });
  if (!trainsAdapters(method)) {
    return [...loaded.weights.parameters]
      .filter(([name]) => parts.includes(partOf(name)))
      .map(([name, parameter]) => trainable(name, parameter));
  }
  return [...loaded.weights.linears]
    .filter(([path]) => parts.includes(partOf(path)))
    .flatMap(([path, linear]) => {
      const [outputs, inputs] = linear.weight.shape as [number, number];
      const half = (name: string, shape: number[]): Trainable =>
        trainable(`${path}.${name}`, new Parameter(`${path}.${name}`, shape, 'f32', null));
      return [half('lora_A.weight', [rank, inputs]), half('lora_B.weight', [outputs, rank])];
    });
}
