import { makePreview } from '../../media/preview.ts';
import { makeThumbnail } from '../../media/thumbnail.ts';
import type { TaskContext } from '../workers/worker-client.ts';
import { previewSide, writeCacheFile } from './cache-files.ts';
import type { PreviewSize } from './cache-files.ts';

export interface PreviewInput {
  readonly path: string;
  readonly kind: 'image' | 'video';
  readonly size: PreviewSize;
  /** Path of the file to write, without extension. */
  readonly stem: string;
  readonly ffmpegPath: string;
}

/** Writes what every browser shows of a file; of a video a telling frame. @returns the path */
export async function previewTask(
  { path, kind, size, stem, ffmpegPath }: PreviewInput,
  { signal }: TaskContext<never>,
): Promise<string> {
  const options = { signal, ...(ffmpegPath !== '' && { ffmpegPath }) };
  const side = size === 'preview' ? { longestSide: previewSide } : {};
  if (kind === 'video') {
    const bytes = await makeThumbnail(path, { longestSide: previewSide, ...options });
    await writeCacheFile(`${stem}.webp`, bytes);
    return `${stem}.webp`;
  }
  const { bytes, mime } = await makePreview(path, { ...side, ...options });
  const target = `${stem}.${mime.slice('image/'.length)}`;
  await writeCacheFile(target, bytes);
  return target;
}
