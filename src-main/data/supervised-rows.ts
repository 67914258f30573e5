import { ignoreIndex } from './conversation.ts';

/** Rows whose next token is under loss, and those tokens. */
export interface SupervisedRows {
  /** [R] */
  readonly rows: Int32Array;
  /** [R] targets[r] = labels[rows[r] + 1] */
  readonly targets: Int32Array;
}

/** The shift of one sequence: the row of token t predicts the label at t + 1. @param labels [T] */
export function supervisedRows(labels: Int32Array): SupervisedRows {
  const rows: number[] = [];
  for (let t = 1; t < labels.length; t++) if (labels[t] !== ignoreIndex) rows.push(t - 1);
  return {
    rows: Int32Array.from(rows),
    targets: Int32Array.from(rows, (row) => labels[row + 1] as number),
  };
}
