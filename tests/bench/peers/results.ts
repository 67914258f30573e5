/** What the rounds come to: a row of the table for each work, and the goals that were missed. */
import type { Figure } from '../../../src-main/app/bench/figure.ts';
import { titleOf } from './works.ts';
import type { Work } from './works.ts';

/** Both sides of a work in one round. */
export interface Pair {
  readonly ours: number;
  readonly theirs: number;
  readonly ourBytes: number;
  readonly theirBytes: number;
  readonly unit: string;
  /** Of the peer. */
  readonly version: string;
  readonly shares: Shares;
}

/** What we used of the machine's two peaks. */
export interface Shares {
  readonly multiplyAdds: number;
  readonly bandwidth: number;
}

export interface Result {
  /** Its title. */
  readonly work: string;
  readonly threads: number;
  readonly peer: string;
  readonly unit: string;
  readonly ours: number;
  readonly theirs: number;
  readonly ratio: number;
  readonly goal: number;
  readonly shares: Shares;
  readonly bandwidthGoal: number | null;
  /** Our peak memory over the peer's; null: not the same work alone. */
  readonly memory: number | null;
  readonly memoryGoal: number | null;
  readonly ourBytes: number;
  readonly theirBytes: number;
}

/** @param peaks figures of the task `peak` by name, in GFLOP/s and GB/s */
export function sharesOf(
  { name, floor, timing }: Figure,
  peaks: Readonly<Record<string, number>>,
): Shares {
  if (floor === undefined || timing === undefined) throw new Error(`No floor: ${name}`);
  const share = (amount: number, peak: string): number =>
    amount / timing.median / 1e9 / (peaks[peak] as number);
  return {
    multiplyAdds: share(floor.flop, 'multiply-adds from registers'),
    bandwidth: share(floor.bytes, 'reading memory'),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [Math.floor((sorted.length - 1) / 2), Math.ceil((sorted.length - 1) / 2)];
  return ((sorted[low] as number) + (sorted[high] as number)) / 2;
}

/** @param pairs one a round; of each figure, their median */
export function summarise(work: Work, pairs: readonly Pair[]): Result {
  const [first] = pairs;
  if (first === undefined) throw new Error(`Not measured: ${work.name}`);
  const of = (pick: (pair: Pair) => number): number => median(pairs.map(pick));
  const { memoryGoal = null, bandwidthGoal = null } = work;
  return {
    work: titleOf(work),
    threads: work.threads,
    peer: first.version,
    unit: first.unit,
    ours: of((pair) => pair.ours),
    theirs: of((pair) => pair.theirs),
    ratio: of((pair) => pair.ours / pair.theirs),
    goal: work.goal,
    shares: {
      multiplyAdds: of((pair) => pair.shares.multiplyAdds),
      bandwidth: of((pair) => pair.shares.bandwidth),
    },
    bandwidthGoal,
    memory: memoryGoal === null ? null : of((pair) => pair.ourBytes / pair.theirBytes),
    memoryGoal,
    ourBytes: of((pair) => pair.ourBytes),
    theirBytes: of((pair) => pair.theirBytes),
  };
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** Whichever of the machine's two peaks the work comes nearer to. */
function nearerPeak({ multiplyAdds, bandwidth }: Shares): string {
  return multiplyAdds > bandwidth
    ? `${percent(multiplyAdds)} FMA`
    : `${percent(bandwidth)} bandwidth`;
}

export const head = [
  '| work | ours | peer | ratio | of peak | memory |',
  '|---|---|---|---|---|---|',
];

export function row(result: Result): string {
  const { work, ours, theirs, unit, ratio, goal, shares, memory, peer } = result;
  const number = (value: number): string => value.toFixed(value < 20 ? 2 : 0);
  const cells = [
    work,
    `${number(ours)} ${unit}`,
    `${number(theirs)} (${peer})`,
    `${ratio.toFixed(2)} (goal ${goal})`,
    nearerPeak(shares),
    memory === null ? '' : `${memory.toFixed(2)} of the peer's`,
  ];
  return `| ${cells.join(' | ')} |`;
}

/** A line for each goal that was missed, or one that says that none was. */
export function missedGoals(results: readonly Result[]): string[] {
  const missed = results.flatMap((result) => {
    const { work, ratio, goal, memory, memoryGoal, shares, bandwidthGoal } = result;
    const lines: string[] = [];
    if (ratio < goal) lines.push(`ratio ${ratio.toFixed(3)}, goal ${goal}`);
    if (memory !== null && memoryGoal !== null && memory > memoryGoal)
      lines.push(`memory ${memory.toFixed(3)} of the peer's, goal ${memoryGoal}`);
    if (bandwidthGoal !== null && shares.bandwidth < bandwidthGoal)
      lines.push(`${percent(shares.bandwidth)} of the bandwidth, goal ${percent(bandwidthGoal)}`);
    return lines.map((line) => `missed: ${work}: ${line}`);
  });
  return missed.length > 0 ? missed : ['No goal was missed.'];
}
