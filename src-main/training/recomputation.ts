/** Which layers keep their activations and which compute them twice, where nobody chose. */
import { gib } from './memory-plan.ts';
import type { MemoryPlan } from './memory-plan.ts';
import type { TrainingMethod } from './parts.ts';

export interface Recomputation {
  /** Layers that compute their activations twice. */
  readonly recompute: number;
  /** Others keep theirs because they should fit: a step that finds no memory goes over to all. */
  readonly recomputeWhenFull: boolean;
  /** What was chosen, in whole sentences; nothing where somebody chose or there is no choice. */
  readonly choices: readonly string[];
}

export interface MemoryAtHand {
  /** What the engine may use. */
  readonly limitBytes: number;
  /** Of a device with memory of its own; that of a processor is everybody's. */
  readonly isOwn: boolean;
}

/** Layers of the decoder. */
export interface LayerCounts {
  readonly all: number;
  /** Those that can be computed twice. */
  readonly recomputable: number;
}

/** Of what may be used, the share that a plan with activations kept may fill. */
const keptShare = { ofDevice: 0.8, ofMachine: 0.5 };

/**
 * QLoRA keeps the activations of as many layers as memory is known to suffice for, which saves their
 * part of a third of a step's work; other methods keep all.
 * @param asked  how many compute theirs twice, where somebody chose
 * @param planOf the largest step's memory where so many do
 */
export function settleRecomputation(
  asked: number | undefined,
  method: TrainingMethod,
  { all, recomputable }: LayerCounts,
  planOf: (recompute: number) => MemoryPlan,
  { limitBytes, isOwn }: MemoryAtHand,
): Recomputation {
  if (asked !== undefined || method !== 'qlora') {
    return { recompute: asked ?? 0, recomputeWhenFull: false, choices: [] };
  }
  const share = isOwn ? keptShare.ofDevice : keptShare.ofMachine;
  let recompute = 0;
  while (recompute < recomputable && planOf(recompute).totalBytes > share * limitBytes) recompute++;
  const need = gib(planOf(recompute).totalBytes);
  const limit = gib(limitBytes);
  return {
    recompute,
    recomputeWhenFull: recompute < recomputable,
    choices: [
      recompute === 0
        ? `Activations are kept, which takes about ${need} of ${limit} and saves computing them twice.`
        : `Activations of ${recompute} of ${all} layers are computed twice, which takes about ${need} of ${limit}; to keep all would take about ${gib(planOf(0).totalBytes)}.`,
    ],
  };
}
