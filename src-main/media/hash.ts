import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { LensmithError, cancelledError } from '../base/errors.ts';

/**
 * SHA-256 of a file's bytes, read as a stream, as 64 lower-case hex digits.
 * @throws media/file-unreadable  not a readable regular file
 * @throws job/cancelled
 */
export async function hashFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  try {
    if (!(await stat(path)).isFile()) throw new Error('it is not a regular file');
    const stream = createReadStream(path, { highWaterMark: 1 << 20, ...(signal && { signal }) });
    for await (const chunk of stream) hash.update(chunk as Uint8Array);
  } catch (cause) {
    if (signal?.aborted) throw cancelledError('Hashing');
    throw new LensmithError('media/file-unreadable', `${path} cannot be read.`, {
      got: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
  return hash.digest('hex');
}
