/** A file of marks on the core's machine. */
import { open } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { LensmithError } from '../../base/errors.ts';

/** @throws library/relative-path */
export function requireWholePath(path: string): void {
  if (isAbsolute(path)) return;
  throw new LensmithError('library/relative-path', 'The file needs its whole path.', { got: path });
}

/** @throws media/file-unreadable */
export async function readMarkFile(path: string, longestBytes: number): Promise<Buffer> {
  try {
    await using file = await open(path, 'r');
    const { size } = await file.stat();
    if (size > longestBytes) throw new Error(`${size} bytes, more than ${longestBytes}`);
    return await file.readFile();
  } catch (error) {
    throw new LensmithError('media/file-unreadable', `${path} cannot be read.`, {
      got: (error as Error).message,
      hint: 'Check that it is there and that you may read it.',
      cause: error,
    });
  }
}
