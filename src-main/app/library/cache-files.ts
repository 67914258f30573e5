/** Where thumbnails and previews of a project lie: by the hash of the file they show, and its size. */
import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeError } from '../../base/atomic-file.ts';

/** Heights in pixels in which thumbnails are served; the largest is made at import. */
export const thumbnailHeights = [120, 240, 480] as const;
export type ThumbnailHeight = (typeof thumbnailHeights)[number];
export const largestThumbnail: ThumbnailHeight = 480;

/** Longest side of a preview in pixels; `full` has all of the picture's. */
export const previewSide = 2048;
export type PreviewSize = 'preview' | 'full';

export function thumbnailFile(cacheDir: string, hash: string, height: ThumbnailHeight): string {
  return join(cacheDir, 'thumbnails', hash.slice(0, 2), `${hash}-${height}.webp`);
}

/** Its extension is that of the encoding. */
export function previewFile(cacheDir: string, hash: string, size: PreviewSize): string {
  return join(cacheDir, 'previews', hash.slice(0, 2), `${hash}-${size}`);
}

/**
 * Writes a file that can be made again: whole or not at all for readers, but without waiting for the
 * disk. One that a loss of power left empty counts as absent (hasCacheFile).
 * @throws the codes of writeError
 */
export async function writeCacheFile(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, bytes, { flag: 'wx' });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw writeError(error, path);
  }
}

export async function hasCacheFile(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true && found.size > 0;
}
