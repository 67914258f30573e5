import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { CONCEPTS, type Category, type Concept } from './concepts.ts';
import { ASSETS_DIR } from './sources.ts';

export const PHOTO_SIZE = 144;
export const PHOTO_COLUMNS = 8;

/** One square view of a photo; concept and category are null where the vocabulary has no word. */
export interface PhotoEntry {
  readonly split: 'train' | 'test';
  /** The picture it was cut from; sources are drawn equally often. */
  readonly source: string;
  readonly concept: string | null;
  readonly category: Category | null;
}

/** A view with its pixels, [144, 144, 3] bytes. */
export interface Photo {
  readonly split: 'train' | 'test';
  readonly source: string;
  readonly concept: Concept | undefined;
  readonly category: Category | undefined;
  readonly rgb: Uint8Array;
}

/** Decodes the committed photo views in a fixed order. */
export async function loadPhotos(): Promise<Photo[]> {
  const entries = JSON.parse(readFileSync(join(ASSETS_DIR, 'photos.json'), 'utf8')) as PhotoEntry[];
  const { data, info } = await sharp(join(ASSETS_DIR, 'photos.webp'))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return entries.map((entry, i) => {
    const rgb = new Uint8Array(PHOTO_SIZE * PHOTO_SIZE * 3);
    const left = (i % PHOTO_COLUMNS) * PHOTO_SIZE;
    const top = Math.floor(i / PHOTO_COLUMNS) * PHOTO_SIZE;
    for (let y = 0; y < PHOTO_SIZE; y++) {
      const from = ((top + y) * info.width + left) * 3;
      rgb.set(data.subarray(from, from + PHOTO_SIZE * 3), y * PHOTO_SIZE * 3);
    }
    const concept = CONCEPTS.find((c) => c.name === entry.concept);
    return {
      split: entry.split,
      source: entry.source,
      concept,
      category: entry.category ?? concept?.category,
      rgb,
    };
  });
}
