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
  /** Both on the host. */
  readonly host: { readonly offsets: Int32Array; readonly positions: Int32Array };
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
    host: { offsets, positions },
    maxLength: Math.max(0, ...lengths.map((length, i) => startOf(i) + length)),
    [Symbol.dispose]() {
      tensors.offsets.dispose();
      tensors.positions.dispose();
    },
  };
}

/** The end of every sequence, from the first of its rows that is wanted; M rows in all. */
export interface SequenceTails {
  /** [M] of [N] */
  readonly rows: Int32Array;
  /** [S + 1] of [M] */
  readonly offsets: Int32Array;
  /** [M] */
  readonly positions: Int32Array;
  /** [R] of [M]: the rows that are wanted. */
  readonly wanted: Int32Array;
}

/** @param wanted [R] rows of [N], in any order */
export function tailsOf(
  { host }: Pick<PackedSequences, 'host'>,
  wanted: Int32Array,
): SequenceTails {
  const count = host.offsets.length - 1;
  const sequenceOf = sequencesOf(host.offsets);
  const starts = host.offsets.slice(1);
  for (const row of wanted) {
    const s = sequenceOf[row] as number;
    starts[s] = Math.min(starts[s] as number, row);
  }
  const offsets = new Int32Array(count + 1);
  const rows: number[] = [];
  for (let s = 0; s < count; s++) {
    const end = host.offsets[s + 1] as number;
    for (let row = starts[s] as number; row < end; row++) rows.push(row);
    offsets[s + 1] = rows.length;
  }
  return {
    rows: Int32Array.from(rows),
    offsets,
    positions: Int32Array.from(rows, (row) => host.positions[row] as number),
    wanted: wanted.map((row) => {
      const s = sequenceOf[row] as number;
      return (offsets[s] as number) + row - (starts[s] as number);
    }),
  };
}

/** The sequence of each row. */
function sequencesOf(offsets: Int32Array): Int32Array {
  const of = new Int32Array(offsets.at(-1) ?? 0);
  for (let s = 0; s + 1 < offsets.length; s++) of.fill(s, offsets[s], offsets[s + 1]);
  return of;
}
