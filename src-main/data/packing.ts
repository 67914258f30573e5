import { supervisedRows } from './supervised-rows.ts';

/** What packing needs of a prepared sample. */
export interface PackableSample {
  readonly id: string;
  readonly inputIds: Int32Array;
  /** Not shifted; ignored is -100. */
  readonly labels: Int32Array;
  readonly imageCount: number;
}

/** Several samples end to end, without padding. */
export interface PackedBatch {
  readonly sampleIds: readonly string[];
  /** [N] */
  readonly inputIds: Int32Array;
  /** Tokens of each sample. */
  readonly lengths: readonly number[];
  /** [R] rows whose next token, in the same sample, is under loss. */
  readonly rows: Int32Array;
  /** [R] those next tokens. */
  readonly targets: Int32Array;
  /** Rows of each sample, in order: sample s has rowCounts[s] of the R. */
  readonly rowCounts: readonly number[];
  readonly imageCounts: readonly number[];
}

/** Packs samples; rows and targets never reach over the end of a sample. */
export function packSamples(samples: readonly PackableSample[]): PackedBatch {
  const lengths = samples.map((sample) => sample.inputIds.length);
  const supervised = samples.map((sample) => supervisedRows(sample.labels));
  const rowCounts = supervised.map(({ rows }) => rows.length);
  const inputIds = new Int32Array(sum(lengths));
  const [rows, targets] = [new Int32Array(sum(rowCounts)), new Int32Array(sum(rowCounts))];
  let [start, filled] = [0, 0];
  for (const [s, own] of supervised.entries()) {
    inputIds.set((samples[s] as PackableSample).inputIds, start);
    for (const [r, row] of own.rows.entries()) rows[filled + r] = start + row;
    targets.set(own.targets, filled);
    start += lengths[s] as number;
    filled += own.rows.length;
  }
  return {
    sampleIds: samples.map((sample) => sample.id),
    inputIds,
    lengths,
    rows,
    targets,
    rowCounts,
    imageCounts: samples.map((sample) => sample.imageCount),
  };
}

/**
 * Tokens from the first row under loss of each sample to its end: those that a model's last layer
 * makes hidden states of.
 */
export function tailTokens({ lengths, rows, rowCounts }: PackedBatch): number {
  let [end, first, tokens] = [0, 0, 0];
  for (const [s, length] of lengths.entries()) {
    end += length;
    const count = rowCounts[s] as number;
    if (count > 0) tokens += end - (rows[first] as number);
    first += count;
  }
  return tokens;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
