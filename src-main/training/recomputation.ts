/** Whether steps keep their activations or compute them twice, where nobody chose. */
import { gib } from './memory-plan.ts';
import type { MemoryPlan } from './memory-plan.ts';
import type { TrainingMethod } from './parts.ts';

export interface Recomputation {
  readonly recompute: boolean;
  /** Kept because they should fit: a step that finds no memory for them goes over to the other way. */
  readonly recomputeWhenFull: boolean;
  /** What was chosen, in whole sentences; nothing where somebody chose or there is no choice. */
  readonly notes: readonly string[];
}

export interface MemoryAtHand {
  /** What the engine may use. */
  readonly limitBytes: number;
  /** Of a device with memory of its own; that of a processor is everybody's. */
  readonly isOwn: boolean;
}

/** Of what may be used, the share that a plan with everything kept may fill. */
const keptShare = { ofDevice: 0.8, ofMachine: 0.5 };

/**
 * QLoRA keeps activations where memory is known to suffice, which saves a third of a step's work; other
 * methods always do.
 * @param asked      what somebody chose
 * @param planKept   the largest step's memory with activations kept
 */
export function settleRecomputation(
  asked: boolean | undefined,
  method: TrainingMethod,
  planKept: () => MemoryPlan,
  { limitBytes, isOwn }: MemoryAtHand,
): Recomputation {
  if (asked !== undefined || method !== 'qlora') {
    return { recompute: asked ?? false, recomputeWhenFull: false, notes: [] };
  }
  const { totalBytes } = planKept();
  const share = isOwn ? keptShare.ofDevice : keptShare.ofMachine;
  const keeps = totalBytes <= share * limitBytes;
  const need = `${gib(totalBytes)} of ${gib(limitBytes)}`;
  return {
    recompute: !keeps,
    recomputeWhenFull: keeps,
    notes: [
      keeps
        ? `Activations are kept, which takes about ${need} and saves computing them twice.`
        : `Activations are computed twice: to keep them would take about ${need}.`,
    ],
  };
}
