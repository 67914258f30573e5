import type { Floor } from './floor.ts';
import type { Timing } from './timing.ts';
import type { WeightFormat } from './workload.ts';

/** One measured figure. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Seconds of one run, where the figure is a rate. */
  readonly timing?: Timing;
  /** The least that one run must do. */
  readonly floor?: Floor;
}

export interface TaskOptions {
  readonly format: WeightFormat;
  readonly runs: number;
  /**
   * Folder of the bench's own model, whose weights are mapped as those of every model that is opened;
   * null: random ones in memory.
   */
  readonly folder: string | null;
}

export function rate(
  name: string,
  amount: number,
  unit: string,
  timing: Timing,
  floor?: Floor,
): Figure {
  const figure = { name, value: amount / timing.median, unit, timing };
  return floor === undefined ? figure : { ...figure, floor };
}
