import type { LoadedModel } from '../models/load.ts';
import type { Parameter } from '../nn/parameter.ts';

/** The parts of a vision-language model that train or rest as a whole. */
export const modelParts = ['vision', 'projector', 'llm'] as const;

export type ModelPart = (typeof modelParts)[number];

export const trainingMethods = ['projector', 'lora', 'qlora', 'full'] as const;

export type TrainingMethod = (typeof trainingMethods)[number];

/** Whether a method trains adapters; qlora does, beside weights in NF4. */
export function trainsAdapters(method: TrainingMethod): boolean {
  return method === 'lora' || method === 'qlora';
}

/** Parts that train when nothing is said. */
export const defaultParts: Readonly<Record<TrainingMethod, readonly ModelPart[]>> = {
  projector: ['projector'],
  lora: ['llm'],
  qlora: ['llm'],
  full: ['projector', 'llm'],
};

/** Part of a weight or module by its canonical name; what is neither tower nor connector is language. */
export function partOf(name: string): ModelPart {
  if (name.startsWith('model.vision_tower.')) return 'vision';
  return name.startsWith('model.multi_modal_projector.') ? 'projector' : 'llm';
}

/** Whether weight decay applies: to everything but biases and the weights of norms. */
export function isDecayed(name: string): boolean {
  return !/(?:^|\.)bias$/.test(name) && !/(?:^|\.)[^.]*norm\d*\.weight$/.test(name);
}

/** A weight that trains. */
export interface Trainable {
  /** Canonical name; of an adapter `MODULE.lora_A.weight`, `MODULE.lora_B.weight`. */
  readonly name: string;
  readonly parameter: Parameter;
  readonly part: ModelPart;
  readonly decayed: boolean;
}

/** Marks every weight of the given parts, or those that `wanted` names, as trained. */
export function trainWeights(loaded: LoadedModel, wanted: (name: string) => boolean): Trainable[] {
  const trainables: Trainable[] = [];
  for (const [name, parameter] of loaded.weights.parameters) {
    if (!wanted(name)) continue;
    parameter.trainable = true;
    trainables.push({ name, parameter, part: partOf(name), decayed: isDecayed(name) });
  }
  return trainables;
}

/** The adapters' matrices as trained weights, A before B, in the model's order. */
export function trainAdapters(loaded: LoadedModel, parts: readonly ModelPart[]): Trainable[] {
  const trainables: Trainable[] = [];
  for (const [path, linear] of loaded.weights.linears) {
    const part = partOf(path);
    if (linear.adapter === null || !parts.includes(part)) continue;
    for (const parameter of [linear.adapter.a, linear.adapter.b]) {
      parameter.trainable = true;
      trainables.push({ name: parameter.name, parameter, part, decayed: true });
    }
  }
  return trainables;
}
