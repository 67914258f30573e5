import { LensmithError } from '../base/errors.ts';

/** Primary result codes of SQLite (https://sqlite.org/rescode.html). */
const codes = {
  busy: 5,
  locked: 6,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  constraint: 19,
  notADatabase: 26,
} as const;

function primaryCode(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const { errcode } = thrown as Error & { errcode?: unknown };
  return typeof errcode === 'number' ? errcode & 0xff : undefined;
}

export function isConstraintViolation(thrown: unknown): boolean {
  return primaryCode(thrown) === codes.constraint;
}

/**
 * A failure of SQLite as an error that says what to do; anything else comes back as it is.
 * @returns project/in-use, project/read-only, project/damaged, io/disk-full, io/write-failed
 */
export function storeError(thrown: unknown, path: string): unknown {
  if (thrown instanceof LensmithError) return thrown;
  const details = { got: thrown instanceof Error ? thrown.message : String(thrown), cause: thrown };
  switch (primaryCode(thrown)) {
    case codes.busy:
    case codes.locked:
      return new LensmithError('project/in-use', `${path} is open in another window or program.`, {
        ...details,
        hint: 'Close it there, then open it here again.',
      });
    case codes.readOnly:
    case codes.cannotOpen:
      return readOnly(path, thrown);
    case codes.full:
      return new LensmithError('io/disk-full', `No space is left on the disk of ${path}.`, {
        ...details,
        hint: 'Free some space, then repeat the last action; everything before it is saved.',
      });
    case codes.corrupt:
    case codes.notADatabase:
      return new LensmithError('project/damaged', `${path} is damaged.`, {
        ...details,
        hint: 'Restore the project file from a backup; backups that Lensmith made stand beside it.',
      });
    case codes.ioError:
      return new LensmithError('io/write-failed', `The disk of ${path} reports a fault.`, {
        ...details,
        hint: 'Check that the disk is connected; everything before the last action is saved.',
      });
    default:
      return thrown;
  }
}

/** The error of a project that this user may not write. */
export function readOnly(path: string, cause: unknown): LensmithError {
  return new LensmithError('project/read-only', `${path} cannot be written.`, {
    expected: 'a project folder where this user may write',
    got: cause instanceof Error ? cause.message : String(cause),
    hint: 'Copy the project folder to a disk that is not write-protected and open the copy.',
    cause,
  });
}
