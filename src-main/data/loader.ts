import { Random } from '../base/random.ts';
import type { RandomState } from '../base/random.ts';

/** Where a run stands in its data; a checkpoint keeps it. */
export interface DataCursor {
  /** From 0. */
  readonly epoch: number;
  /** Steps of this epoch that are done. */
  readonly stepInEpoch: number;
  /** Of the generator before it drew the order of this epoch. */
  readonly random: RandomState;
}

export interface OrderSettings {
  readonly sampleCount: number;
  /** Samples of one micro-batch. */
  readonly batchSize: number;
  /** Micro-batches of one step. */
  readonly gradientAccumulation: number;
  readonly shuffle: boolean;
  readonly seed: number;
}

/** Samples of one step, by index, in micro-batches. */
export type StepPlan = readonly (readonly number[])[];

/** Steps that go once through the data; the last one may be smaller. */
export function stepsPerEpoch(settings: OrderSettings): number {
  return Math.ceil(settings.sampleCount / (settings.batchSize * settings.gradientAccumulation));
}

/**
 * The order in which samples are seen: each epoch a permutation of its own, or
 * the order of the file. A step never reaches over the end of an epoch.
 */
export class DataOrder {
  readonly settings: OrderSettings;
  #random: Random;
  #epoch = 0;
  #step = 0;
  #epochStart: RandomState;
  #order: readonly number[];

  constructor(settings: OrderSettings, cursor?: DataCursor) {
    this.settings = settings;
    this.#random = new Random(cursor ? cursor.random : settings.seed);
    this.#epochStart = this.#random.state;
    this.#order = this.#drawOrder();
    this.#epoch = cursor?.epoch ?? 0;
    this.#step = cursor?.stepInEpoch ?? 0;
    this.#rollOver();
  }

  get cursor(): DataCursor {
    return { epoch: this.#epoch, stepInEpoch: this.#step, random: this.#epochStart };
  }

  /** The samples of the next step; the cursor then stands behind it. */
  next(): StepPlan {
    const { batchSize, gradientAccumulation } = this.settings;
    const perStep = batchSize * gradientAccumulation;
    const samples = this.#order.slice(this.#step * perStep, (this.#step + 1) * perStep);
    const plan: number[][] = [];
    for (let at = 0; at < samples.length; at += batchSize) {
      plan.push(samples.slice(at, at + batchSize));
    }
    this.#step++;
    this.#rollOver();
    return plan;
  }

  #rollOver(): void {
    if (this.#step < stepsPerEpoch(this.settings)) return;
    this.#epoch++;
    this.#step = 0;
    this.#epochStart = this.#random.state;
    this.#order = this.#drawOrder();
  }

  #drawOrder(): readonly number[] {
    const { shuffle, sampleCount } = this.settings;
    if (shuffle) return this.#random.permutation(sampleCount);
    return Array.from({ length: sampleCount }, (_, i) => i);
  }
}

/** Something made ahead of its use, and the order's place after it. */
export interface Prefetched<T> {
  readonly plan: StepPlan;
  /** Where the data stands once this step is done. */
  readonly cursor: DataCursor;
  readonly value: T;
}

/**
 * Makes the inputs of coming steps while the device computes: `depth` steps ahead.
 * @param make    of one step's samples; its failure surfaces when that step's turn comes
 * @param remaining steps to make at most
 */
export async function* prefetch<T>(
  order: DataOrder,
  remaining: number,
  make: (plan: StepPlan) => Promise<T>,
  depth = 2,
): AsyncGenerator<Prefetched<T>> {
  const queue: { plan: StepPlan; cursor: DataCursor; value: Promise<T> }[] = [];
  let started = 0;
  const fill = (): void => {
    while (started < remaining && queue.length < depth) {
      const plan = order.next();
      const value = make(plan);
      value.catch(() => undefined); // waits for its turn; not an unhandled rejection meanwhile
      queue.push({ plan, cursor: order.cursor, value });
      started++;
    }
  };
  try {
    for (;;) {
      fill();
      const head = queue.shift();
      if (head === undefined) return;
      const value = await head.value;
      fill();
      yield { plan: head.plan, cursor: head.cursor, value };
    }
  } finally {
    // Nobody may still read files when the caller goes on to close them.
    await Promise.allSettled(queue.map((entry) => entry.value));
  }
}
