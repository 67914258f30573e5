import { synchronize } from '../../tensor/device.ts';

/** Wall times of one piece of work, in seconds. */
export interface Timing {
  readonly seconds: readonly number[];
  readonly best: number;
  readonly median: number;
}

/** Runs the work once unmeasured, then `runs` times; the device is idle at both ends of each. */
export async function time(runs: number, work: () => Promise<void> | void): Promise<Timing> {
  const seconds: number[] = [];
  for (let run = 0; run <= runs; run++) {
    await synchronize();
    const start = performance.now();
    await work();
    await synchronize();
    if (run > 0) seconds.push((performance.now() - start) / 1000);
  }
  return timingOf(seconds);
}

export function timingOf(seconds: readonly number[]): Timing {
  const sorted = [...seconds].sort((a, b) => a - b);
  return {
    seconds,
    best: sorted[0] as number,
    median: sorted[Math.floor(sorted.length / 2)] as number,
  };
}
