/** Takes a file apart for the library, in the media worker, and keeps its thumbnail. */
import { inspectWithThumbnail } from '../../media/inspect-media.ts';
import type { MediaFacts } from '../../media/inspect-media.ts';
import type { TaskContext } from '../workers/worker-client.ts';
import { largestThumbnail, thumbnailFile, writeCacheFile } from './cache-files.ts';

export interface InspectFileInput {
  readonly path: string;
  readonly cacheDir: string;
  /** Empty: the first that is found. */
  readonly ffmpegPath: string;
}

/** @throws those of inspectWithThumbnail */
export async function inspectFileTask(
  { path, cacheDir, ffmpegPath }: InspectFileInput,
  { signal }: TaskContext<never>,
): Promise<MediaFacts> {
  const { facts, thumbnail } = await inspectWithThumbnail(
    path,
    { height: largestThumbnail },
    { signal, ...(ffmpegPath !== '' && { ffmpegPath }) },
  );
  await writeCacheFile(thumbnailFile(cacheDir, facts.sha256, largestThumbnail), thumbnail);
  return facts;
}
