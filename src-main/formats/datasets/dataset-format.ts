import type { Sample } from '../sample.ts';

/** A record that could not be read, and where it stands. */
export interface DatasetIssue {
  readonly code: string;
  readonly file: string;
  /** From 1; the line of the record's first character. */
  readonly line: number;
  readonly message: string;
}

export type DatasetItem = { readonly sample: Sample } | { readonly issue: DatasetIssue };

export interface ReadOptions {
  /** A record whose image or video file does not exist is an issue. Default true. */
  readonly requireMedia?: boolean;
}

/** One dialect of dataset files. */
export interface DatasetFormat {
  readonly id: string;
  /** Of files that may hold it, with the dot. */
  readonly extensions: readonly string[];
  /** How surely a parsed record is of this dialect, 0 (not) to 1 (no other). */
  readonly sniff: (record: unknown) => number;
  /** Streams the file; a bad record is an issue and the next one follows. Throws only when the file cannot be read. */
  readonly read: (path: string, options?: ReadOptions) => AsyncIterable<DatasetItem>;
  /**
   * Writes a file as a whole: JSON lines when its extension is .jsonl or
   * .ndjson, else a JSON array with one record a line. Media inside the file's
   * folder are named relative to it.
   * @throws formats/cannot-represent at the first sample that would be altered
   */
  readonly write: (
    path: string,
    samples: Iterable<Sample> | AsyncIterable<Sample>,
  ) => Promise<void>;
  /** What of this sample the dialect cannot hold; empty when a round trip gives the same sample. */
  readonly cannotRepresent: (sample: Sample) => string[];
}

/** A fault of one record; the reader turns it into an issue with file and line. */
export class RecordFault extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = `formats/${code}`;
  }
}
