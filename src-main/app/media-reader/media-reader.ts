import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { MediaReader, RgbImageLike } from '../../data/processor.ts';
import type { ImagePart, MediaPart, VideoPart } from '../../formats/sample.ts';
import { checkImage } from '../../media/check-image.ts';
import { decodeImage } from '../../media/decode-image.ts';
import type { FrameRule } from '../../media/frame-rule.ts';
import { hashFile } from '../../media/hash.ts';
import { countFrames, sampleFrames } from '../../media/video.ts';

/** Frames of a video part that does not say which, evenly spread. */
export const defaultFrames = 8;

/** The frames that a video part means. */
export function frameRule(part: VideoPart): FrameRule {
  if (part.timestampsMs !== undefined) return { timestampsMs: part.timestampsMs };
  if (part.fps !== undefined) return { fps: part.fps };
  return { count: part.frames ?? defaultFrames };
}

/**
 * Media of samples from the disk. Frame counts and content keys are remembered
 * for the life of the reader, so a dataset probes, checks and hashes each file once.
 */
export class DiskMediaReader implements MediaReader {
  readonly #counts = new Map<string, Promise<number>>();
  readonly #checks = new Map<string, Promise<void>>();
  readonly #hashes = new Map<string, Promise<string>>();
  readonly #clipped = new Set<string | Uint8Array>();

  /** Pictures among those checked that hold values which a model sees as white (see decodeImage). */
  get clippedPictures(): number {
    return this.#clipped.size;
  }

  /** @throws the errors of decodeImage and sampleFrames */
  async read(part: MediaPart, signal?: AbortSignal): Promise<readonly RgbImageLike[]> {
    if (part.type === 'image') return [await decodeImage('path' in part ? part.path : part.bytes)];
    const frames = await sampleFrames(part.path, frameRule(part), signal && { signal });
    return frames.map((frame) => frame.image);
  }

  /** @throws the errors of countFrames */
  frameCount(part: VideoPart, signal?: AbortSignal): Promise<number> {
    const rule = frameRule(part);
    return remember(this.#counts, JSON.stringify([part.path, rule]), () =>
      countFrames(part.path, rule, signal && { signal }),
    );
  }

  /** @throws the errors of checkImage, or of countFrames for a video */
  async check(part: MediaPart, signal?: AbortSignal): Promise<void> {
    if (part.type === 'video') await this.frameCount(part, signal);
    else if ('bytes' in part) await this.#checkImage(part.bytes);
    else await remember(this.#checks, part.path, () => this.#checkImage(part.path));
  }

  async #checkImage(source: string | Uint8Array): Promise<void> {
    const { isClipped } = await checkImage(source);
    if (isClipped) this.#clipped.add(source);
  }

  async key(part: MediaPart, signal?: AbortSignal): Promise<string> {
    if (part.type === 'image') return this.#imageKey(part, signal);
    const content = await this.#fileHash(part.path, signal);
    return sha256(`video ${content} ${JSON.stringify(frameRule(part))}`);
  }

  async #imageKey(part: ImagePart, signal: AbortSignal | undefined): Promise<string> {
    return 'path' in part ? this.#fileHash(part.path, signal) : sha256(part.bytes);
  }

  #fileHash(path: string, signal: AbortSignal | undefined): Promise<string> {
    return remember(this.#hashes, path, async () =>
      (await isFolder(path)) ? hashFolder(path, signal) : hashFile(path, signal),
    );
  }
}

/** Runs a task once for a key; one that failed is tried again. */
function remember<T>(
  known: Map<string, Promise<T>>,
  key: string,
  make: () => Promise<T>,
): Promise<T> {
  const held = known.get(key);
  if (held !== undefined) return held;
  const made = make();
  known.set(key, made);
  made.catch(() => known.delete(key));
  return made;
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

/** A video as a folder of pictures: names and contents of all its files. */
async function hashFolder(dir: string, signal: AbortSignal | undefined): Promise<string> {
  const entries = await readdir(dir, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
  const hashes: [string, string][] = [];
  for (const name of names.sort()) hashes.push([name, await hashFile(join(dir, name), signal)]);
  return sha256(JSON.stringify(hashes));
}
