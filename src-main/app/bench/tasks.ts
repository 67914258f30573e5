import { decode, decodeTogether } from './decoding.ts';
import type { Figure, TaskOptions } from './figure.ts';
import { formatRates } from './formats.ts';
import { growth } from './growth.ts';
import { peak } from './peak.ts';
import { gemm } from './products.ts';
import { memory } from './memory.ts';
import { loraPhases } from './phases.ts';
import { prefill, vision } from './reading.ts';
import { fullStep, loraStep } from './training-steps.ts';

export type BenchTask = (options: TaskOptions) => Promise<Figure[]>;

/** What can be measured; each runs in a process of its own, so that peak memory is its own. */
export const benchTasks: Readonly<Record<string, BenchTask>> = {
  peak,
  gemm,
  formats: formatRates,
  vision,
  prefill,
  decode,
  together: decodeTogether,
  lora: loraStep,
  full: fullStep,
  phases: loraPhases,
  memory,
  growth,
};
