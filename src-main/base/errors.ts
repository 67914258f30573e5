/** What a person needs in order to act on a failure. */
export interface ErrorDetails {
  /** What would have been right. */
  readonly expected?: string | undefined;
  /** What was found instead. */
  readonly got?: string | undefined;
  /** What the person can do about it. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** The form in which an error crosses a process or a socket, and `--json` prints it. */
export interface ErrorWire {
  readonly code: string;
  readonly message: string;
  readonly expected?: string | undefined;
  readonly got?: string | undefined;
  readonly hint?: string | undefined;
}

/**
 * The one error type of the project. `code` is stable and names the layer and
 * the fault (`tensor/shape-mismatch`, `formats/safetensors-overlap`); the text
 * may change, the code may not.
 */
export class LensmithError extends Error {
  readonly code: string;
  readonly expected: string | undefined;
  readonly got: string | undefined;
  readonly hint: string | undefined;

  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'LensmithError';
    this.code = code;
    this.expected = details.expected;
    this.got = details.got;
    this.hint = details.hint;
  }

  toJSON(): ErrorWire {
    return {
      code: this.code,
      message: this.message,
      expected: this.expected,
      got: this.got,
      hint: this.hint,
    };
  }

  static fromWire(wire: ErrorWire): LensmithError {
    return new LensmithError(wire.code, wire.message, wire);
  }
}

/** Any thrown value as a LensmithError; a foreign one keeps its text under `internal/unexpected`. */
export function asLensmithError(thrown: unknown): LensmithError {
  if (thrown instanceof LensmithError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new LensmithError('internal/unexpected', message, { cause: thrown });
}

/** Cancellation is an outcome, not a fault: callers test for this code. */
export function cancelledError(what: string, hint?: string): LensmithError {
  return new LensmithError('job/cancelled', `${what} was cancelled.`, { hint });
}

export function throwIfCancelled(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted) throw cancelledError(what);
}
