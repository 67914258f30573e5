import { groupNearDuplicates } from '../../media/near-duplicates.ts';
import type { TaskContext } from '../workers/worker-client.ts';

export interface NearDuplicatesInput {
  /** Of perceptualHash. */
  readonly hashes: readonly string[];
  /** By how many bits neighbours may differ. */
  readonly bits: number;
}

/** @returns groups of places in `hashes` @throws those of groupNearDuplicates */
export function nearDuplicatesTask(
  { hashes, bits }: NearDuplicatesInput,
  { signal }: TaskContext<never>,
): Promise<number[][]> {
  return groupNearDuplicates(hashes, bits, signal);
}
