import { Tensor } from '../tensor/tensor.ts';

/**
 * Several sequences end to end without padding: rows offsets[s] .. offsets[s+1]
 * of every [N, …] tensor belong to sequence s, and see no other.
 */
export interface PackedSequences extends Disposable {
  /** N: tokens of all sequences. */
  readonly tokenCount: number;
  /** [S + 1] i32 */
  readonly offsets: Tensor;
  /** [N] i32: place of each token in its sequence. */
  readonly positions: Tensor;
  /** Largest position plus one. */
  readonly maxLength: number;
}

/** @param lengths tokens of each sequence @param start position of the first token, of all or of each */
export function packSequences(
  lengths: readonly number[],
  start: number | readonly number[] = 0,
): PackedSequences {
  const startOf = (i: number): number => (typeof start === 'number' ? start : (start[i] ?? 0));
  const offsets = new Int32Array(lengths.length + 1);
  lengths.forEach((length, i) => {
    offsets[i + 1] = (offsets[i] as number) + length;
  });
  const tokenCount = offsets[lengths.length] as number;
  const positions = new Int32Array(tokenCount);
  let row = 0;
  for (const [s, length] of lengths.entries())
    for (let i = 0; i < length; i++) positions[row++] = startOf(s) + i;
  const tensors = {
    offsets: Tensor.from(offsets, [offsets.length], 'i32').keep(),
    positions: Tensor.from(positions, [tokenCount], 'i32').keep(),
  };
  return {
    tokenCount,
    ...tensors,
    maxLength: Math.max(0, ...lengths.map((length, i) => startOf(i) + length)),
    [Symbol.dispose]() {
      tensors.offsets.dispose();
      tensors.positions.dispose();
    },
  };
}
