/** What the machine can do at most, beside which the other rates stand. */
import { measurePeaks } from '../../tensor/device.ts';
import type { Figure, TaskOptions } from './figure.ts';

/** Best of several runs each: other work on the machine only ever slows things down. */
export function peak({ runs }: TaskOptions): Promise<Figure[]> {
  const measured = Array.from({ length: runs }, () => measurePeaks());
  const best = (rate: (peaks: ReturnType<typeof measurePeaks>) => number): number =>
    Math.max(...measured.map(rate)) / 1e9;
  return Promise.resolve([
    {
      name: 'multiply-adds from registers',
      value: best(({ flopPerSecond }) => flopPerSecond),
      unit: 'GFLOP/s',
    },
    {
      name: 'reading memory',
      value: best(({ bytesPerSecond }) => bytesPerSecond),
      unit: 'GB/s',
    },
  ]);
}
