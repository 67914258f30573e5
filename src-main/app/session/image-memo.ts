/** Vision features of the pictures of a conversation, kept from turn to turn. */
import { stat } from 'node:fs/promises';
import type { MediaPart } from '../../formats/sample.ts';
import { cancellable } from '../../generation/cancel.ts';
import { imageFeatures } from '../../generation/image-features.ts';
import { synchronize } from '../../tensor/device.ts';
import { concat } from '../../tensor/ops/index.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { Session } from './session.ts';

const keptBytes = 256 * 2 ** 20;

interface Entry {
  /** [images · tokensPerImage, C] */
  readonly features: Tensor;
  readonly sizeBytes: number;
}

export class ImageMemo implements Disposable {
  readonly #session: Session;
  /** Least recently used first. */
  readonly #entries = new Map<string, Entry>();
  #usedBytes = 0;

  constructor(session: Session) {
    this.#session = session;
  }

  /**
   * Features of all pictures and clips, in order; each file passes the vision tower once, as long
   * as it stays as it is.
   * @returns [B·tokensPerImage, C], which the caller disposes; null without media
   * @throws job/cancelled, the errors of decoding
   */
  async featuresOf(parts: readonly MediaPart[], signal: AbortSignal): Promise<Tensor | null> {
    const all: Tensor[] = [];
    try {
      for (const part of parts) all.push(await this.#one(part, signal));
      const [first, ...others] = all;
      if (first === undefined) return null;
      return others.length === 0 ? first.alias() : concat(all, 0);
    } finally {
      for (const tensor of all) tensor.dispose();
    }
  }

  async #one(part: MediaPart, signal: AbortSignal): Promise<Tensor> {
    const key = await fileKey(part);
    const known = key === null ? undefined : this.#entries.get(key);
    if (key !== null && known !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, known);
      return known.features.alias();
    }
    const features = await this.#compute(part, signal);
    if (key !== null) this.#keep(key, features);
    return features;
  }

  async #compute(part: MediaPart, signal: AbortSignal): Promise<Tensor> {
    const { loaded, processor, media } = this.#session;
    const images = await media.read(part, signal);
    const perImage = processor.imageShape.reduce((product, size) => product * size, 1);
    const data = new Float32Array(images.length * perImage);
    for (const [i, image] of images.entries()) {
      data.set(processor.imageProcessor.process(image).data, i * perImage);
    }
    return cancellable(signal, 'Looking at the pictures', async () => {
      const shape = [images.length, ...processor.imageShape] as const;
      const features = imageFeatures(loaded.model, { data, shape });
      if (features === null) throw new Error('a picture or clip without a single image');
      try {
        // What is kept must be whole: work that a later cancel drops would leave rubbish in it.
        await synchronize();
        return features;
      } catch (error) {
        features.dispose();
        throw error;
      }
    });
  }

  #keep(key: string, features: Tensor): void {
    const sizeBytes = features.numel * 4;
    if (sizeBytes > keptBytes) return;
    this.#entries.set(key, { features: features.alias(), sizeBytes });
    this.#usedBytes += sizeBytes;
    for (const [oldest, entry] of this.#entries) {
      if (this.#usedBytes <= keptBytes) break;
      this.#entries.delete(oldest);
      this.#usedBytes -= entry.sizeBytes;
      entry.features.dispose();
    }
  }

  [Symbol.dispose](): void {
    for (const { features } of this.#entries.values()) features.dispose();
    this.#entries.clear();
    this.#usedBytes = 0;
  }
}

/** Equal while the file is untouched; null for pictures that stand in the conversation itself. */
async function fileKey(part: MediaPart): Promise<string | null> {
  if (!('path' in part)) return null;
  const facts = await stat(part.path).catch(() => null);
  return facts === null ? null : JSON.stringify([part, facts.size, facts.mtimeMs]);
}
