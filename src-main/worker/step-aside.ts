import { constants, setPriority } from 'node:os';

/**
 * What the engine's workers run at: they compute for hours on all cores, while the window, its core
 * and whatever else a person does on the machine have milliseconds.
 */
export const enginePriority = constants.priority.PRIORITY_BELOW_NORMAL;

/** Before the engine starts threads, which inherit it. */
export function stepAside(): void {
  try {
    setPriority(enginePriority);
  } catch (error) {
    // A system that does not allow it loses courtesy, not work.
    console.error(error);
  }
}
