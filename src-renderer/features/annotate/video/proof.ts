/** Whether what stands on the stage is what training decodes, pixel by pixel. */

export type Proof =
  /** The hashes are equal. */
  | 'exact'
  /** They are not: the picture went through something that changed it. */
  | 'different'
  /** This page may not compute hashes. */
  | 'unknown';

/**
 * Reads a bitmap back as the stage draws it and hashes its pixels, [height, width, 3] u8.
 * @param sha256 of the pixels that training decodes, in hex
 */
export async function prove(bitmap: ImageBitmap, sha256: string): Promise<Proof> {
  if (!('subtle' in crypto)) return 'unknown';
  const { width, height } = bitmap;
  const pixels = pixelsOf(bitmap, width, height);
  const rgb = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; to < rgb.length; from += 4, to += 3) {
    rgb[to] = pixels[from] ?? 0;
    rgb[to + 1] = pixels[from + 1] ?? 0;
    rgb[to + 2] = pixels[from + 2] ?? 0;
  }
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', rgb));
  const hex = [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex === sha256 ? 'exact' : 'different';
}

/** A picture made small: enough to tell neighbouring frames apart where they differ at all. */
export type Glance = Uint8ClampedArray;
const glanceWidth = 48;
const glanceHeight = 32;

export function glanceAt(source: ImageBitmap | HTMLVideoElement): Glance {
  return pixelsOf(source, glanceWidth, glanceHeight);
}

function pixelsOf(source: ImageBitmap | HTMLVideoElement, width: number, height: number): Glance {
  const canvas = new OffscreenCanvas(width, height);
  const ctx = canvas.getContext('2d', { willReadFrequently: true, alpha: false });
  if (ctx === null) return new Uint8ClampedArray(width * height * 4);
  ctx.drawImage(source, 0, 0, width, height);
  return ctx.getImageData(0, 0, width, height).data;
}

/** Mean difference of two glances, 0 … 255. */
export function distance(a: Glance, b: Glance): number {
  let sum = 0;
  for (let at = 0; at < a.length; at += 1) sum += Math.abs((a[at] ?? 0) - (b[at] ?? 0));
  // The fourth channel is always full.
  return sum / (a.length * 0.75);
}

/** Frames to both sides that are looked at when the player stops. */
const around = [-2, -1, 0, 1, 2];

/**
 * By how many frames what the player showed is off from the frame that it named: the neighbour that is
 * clearly nearer to it than that frame; 0 where there is none.
 * @param load decoded frames; null for one that there is not
 */
export async function strayedFrom(
  seen: Glance,
  frame: number,
  load: (index: number) => Promise<ImageBitmap | null>,
): Promise<number> {
  const distances = new Map<number, number>();
  for (const offset of around) {
    const bitmap = await load(frame + offset);
    if (bitmap !== null) distances.set(offset, distance(seen, glanceAt(bitmap)));
  }
  return strayedBy(distances);
}

/** @param distances to what the player showed, by how many frames off; 0 is the frame itself */
export function strayedBy(distances: ReadonlyMap<number, number>): number {
  const own = distances.get(0) ?? Infinity;
  let best = 0;
  let least = own;
  for (const [offset, value] of distances) if (value < least) [best, least] = [offset, value];
  // Encoders blur a little; only what cannot be a rounding of colours counts.
  return own > 4 && least < own / 3 ? best : 0;
}
