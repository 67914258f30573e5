import { makeThumbnail } from '../../media/thumbnail.ts';
import type { TaskContext } from '../workers/worker-client.ts';
import { writeCacheFile } from './cache-files.ts';
import type { ThumbnailHeight } from './cache-files.ts';

export interface ThumbnailInput {
  /** The file, or a larger thumbnail of it. */
  readonly path: string;
  readonly target: string;
  readonly height: ThumbnailHeight;
  readonly ffmpegPath: string;
}

/** Writes a thumbnail. @throws those of makeThumbnail */
export async function thumbnailTask(
  { path, target, height, ffmpegPath }: ThumbnailInput,
  { signal }: TaskContext<never>,
): Promise<null> {
  const options = { height, signal, ...(ffmpegPath !== '' && { ffmpegPath }) };
  await writeCacheFile(target, await makeThumbnail(path, options));
  return null;
}
