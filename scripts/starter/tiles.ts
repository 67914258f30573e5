import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import type { ColourName } from './colours.ts';
import { CONCEPTS, type Concept } from './concepts.ts';
import { ASSETS_DIR, STYLES, type Style } from './sources.ts';

export const TILE_SIZE = 64;
export const ATLAS_COLUMNS = 20;

/** The committed index: the drawings of each style in atlas order (rows of 20). */
export interface TileIndex {
  readonly styles: Readonly<
    Record<Style, readonly { readonly concept: string; readonly colour?: ColourName }[]>
  >;
}

/** A drawing ready to composite: levels [64, 32, 16] of premultiplied RGBA in 0..255. */
export interface Tile {
  readonly concept: Concept;
  readonly style: Style;
  readonly colour: ColourName | undefined;
  readonly levels: readonly Bitmap[];
}

/** Square premultiplied RGBA, one float a channel in 0..255. */
export interface Bitmap {
  readonly size: number;
  readonly data: Float32Array;
}

/** Half the side by 2×2 means (exact for premultiplied colour). */
export function halve({ size, data }: Bitmap): Bitmap {
  const half = size >> 1;
  const out = new Float32Array(half * half * 4);
  for (let y = 0; y < half; y++) {
    for (let x = 0; x < half * 4; x++) {
      const i = y * 2 * size * 4 + (x >> 2) * 8 + (x & 3);
      const sum =
        (data[i] as number) +
        (data[i + 4] as number) +
        (data[i + size * 4] as number) +
        (data[i + size * 4 + 4] as number);
      out[y * half * 4 + x] = sum / 4;
    }
  }
  return { size: half, data: out };
}

/** Straight RGBA bytes to the premultiplied pyramid. */
export function pyramid(rgba: Uint8Array, size: number): Bitmap[] {
  const data = new Float32Array(rgba.length);
  for (let i = 0; i < rgba.length; i += 4) {
    const alpha = rgba[i + 3] as number;
    for (let c = 0; c < 3; c++) data[i + c] = ((rgba[i + c] as number) * alpha) / 255;
    data[i + 3] = alpha;
  }
  const levels: Bitmap[] = [{ size, data }];
  while ((levels.at(-1) as Bitmap).size > 16) levels.push(halve(levels.at(-1) as Bitmap));
  return levels;
}

function cutTile(atlas: Buffer, width: number, index: number): Uint8Array {
  const rgba = new Uint8Array(TILE_SIZE * TILE_SIZE * 4);
  const left = (index % ATLAS_COLUMNS) * TILE_SIZE;
  const top = Math.floor(index / ATLAS_COLUMNS) * TILE_SIZE;
  for (let y = 0; y < TILE_SIZE; y++) {
    const from = ((top + y) * width + left) * 4;
    rgba.set(atlas.subarray(from, from + TILE_SIZE * 4), y * TILE_SIZE * 4);
  }
  return rgba;
}

/** Decodes the committed atlases: every drawing of every style, in a fixed order. */
export async function loadTiles(): Promise<Tile[]> {
  const index = JSON.parse(readFileSync(join(ASSETS_DIR, 'tiles.json'), 'utf8')) as TileIndex;
  const byName = new Map(CONCEPTS.map((concept) => [concept.name, concept]));
  const tiles: Tile[] = [];
  for (const style of STYLES) {
    const { data, info } = await sharp(join(ASSETS_DIR, `tiles-${style}.webp`))
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    index.styles[style].forEach((entry, i) => {
      const concept = byName.get(entry.concept);
      if (!concept) throw new Error(`tiles.json names an unknown concept: ${entry.concept}`);
      const levels = pyramid(cutTile(data, info.width, i), TILE_SIZE);
      tiles.push({ concept, style, colour: entry.colour, levels });
    });
  }
  return tiles;
}
