import type { Random } from '../../src-main/base/random.ts';
import type { Rgb } from './colours.ts';
import type { Bitmap } from './tiles.ts';

/** Where and how a drawing lands: centre and side in canvas pixels, angle in radians. */
export interface Placement {
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly angle: number;
  readonly mirrored: boolean;
}

export type BackgroundKind = 'plain' | 'gradient' | 'stripes' | 'checks' | 'clouds';
export const BACKGROUND_KINDS: readonly BackgroundKind[] = [
  'plain', 'gradient', 'stripes', 'checks', 'clouds',
]; // prettier-ignore

/** Smooth noise in [0, 1) on an n×n lattice, sampled bilinearly. */
function lattice(random: Random, n: number): (u: number, v: number) => number {
  const grid = Float32Array.from({ length: (n + 1) * (n + 1) }, () => random.next());
  return (u, v) => {
    const x = u * n;
    const y = v * n;
    const ix = Math.min(n - 1, Math.floor(x));
    const iy = Math.min(n - 1, Math.floor(y));
    const i = iy * (n + 1) + ix;
    const fx = x - ix;
    const top = (grid[i] as number) * (1 - fx) + (grid[i + 1] as number) * fx;
    const low = (grid[i + n + 1] as number) * (1 - fx) + (grid[i + n + 2] as number) * fx;
    return top + (low - top) * (y - iy);
  };
}

/** Weight in [0, 1] of the second shade at (u, v) in [0, 1]². */
function mixer(kind: BackgroundKind, random: Random): (u: number, v: number) => number {
  const angle = random.uniform(0, 2 * Math.PI);
  const dx = Math.cos(angle);
  const dy = Math.sin(angle);
  const repeats = random.uniform(3, 8);
  if (kind === 'gradient') return (u, v) => 0.5 + 0.7 * ((u - 0.5) * dx + (v - 0.5) * dy);
  if (kind === 'stripes')
    return (u, v) => (Math.floor((u * dx + v * dy + 2) * repeats) & 1 ? 0.6 : 0);
  if (kind === 'checks') {
    return (u, v) => ((Math.floor(u * repeats) + Math.floor(v * repeats)) & 1 ? 0.6 : 0);
  }
  if (kind === 'clouds') return lattice(random, 3 + random.below(8));
  return () => 0;
}

/** An RGB picture being painted, [size, size, 3] f32 in 0..255. */
export class Canvas {
  readonly size: number;
  readonly data: Float32Array;

  constructor(size: number) {
    this.size = size;
    this.data = new Float32Array(size * size * 3);
  }

  /** Fills with two shades of one colour, mixed as the kind says. */
  paintBackground(kind: BackgroundKind, first: Rgb, second: Rgb, random: Random): void {
    const mix = mixer(kind, random);
    for (let y = 0, i = 0; y < this.size; y++) {
      for (let x = 0; x < this.size; x++, i += 3) {
        const t = Math.min(1, Math.max(0, mix(x / this.size, y / this.size)));
        for (let c = 0; c < 3; c++) {
          this.data[i + c] = (first[c] as number) * (1 - t) + (second[c] as number) * t;
        }
      }
    }
  }

  /** Fills with a square cut of a photo by bilinear sampling; `gain` scales the light. */
  paintPhoto(rgb: Uint8Array, photoSize: number, random: Random, least: number): void {
    const side = photoSize * random.uniform(least, 1);
    const left = random.uniform(0, photoSize - side);
    const top = random.uniform(0, photoSize - side);
    const mirrored = random.next() < 0.5;
    const gain = random.uniform(0.75, 1.15);
    const step = side / this.size;
    const taps = step > 1 ? 2 : 1;
    for (let y = 0, i = 0; y < this.size; y++) {
      for (let x = 0; x < this.size; x++, i += 3) {
        const u = mirrored ? this.size - 1 - x : x;
        for (let c = 0; c < 3; c++) {
          let sum = 0;
          for (let t = 0; t < taps * taps; t++) {
            const sx = Math.floor(left + (u + ((t % taps) + 0.5) / taps) * step);
            const sy = Math.floor(top + (y + (Math.floor(t / taps) + 0.5) / taps) * step);
            const at = Math.min(photoSize - 1, sy) * photoSize + Math.min(photoSize - 1, sx);
            sum += rgb[at * 3 + c] as number;
          }
          this.data[i + c] = Math.min(255, (gain * sum) / (taps * taps));
        }
      }
    }
  }

  /** Lays a drawing over the picture: rotated, scaled, multiplied by `tint` (1 keeps a channel). */
  drawTile(levels: readonly Bitmap[], place: Placement, tint: Rgb): void {
    const bitmap =
      levels.findLast((level) => level.size >= place.size * 0.9) ?? (levels[0] as Bitmap);
    const n = bitmap.size;
    const scale = n / place.size;
    const cos = Math.cos(place.angle) * scale;
    const sin = Math.sin(place.angle) * scale;
    const reach = (Math.abs(cos) + Math.abs(sin)) * (place.size / scale) * 0.5 + 1;
    const x0 = Math.max(0, Math.floor(place.x - reach));
    const x1 = Math.min(this.size - 1, Math.ceil(place.x + reach));
    const y0 = Math.max(0, Math.floor(place.y - reach));
    const y1 = Math.min(this.size - 1, Math.ceil(place.y + reach));
    for (let y = y0; y <= y1; y++) {
      const dy = y + 0.5 - place.y;
      for (let x = x0; x <= x1; x++) {
        const dx = (x + 0.5 - place.x) * (place.mirrored ? -1 : 1);
        const u = dx * cos + dy * sin + n / 2 - 0.5;
        const v = dy * cos - dx * sin + n / 2 - 0.5;
        if (u <= -1 || v <= -1 || u >= n || v >= n) continue;
        this.#blend((y * this.size + x) * 3, bitmap, u, v, tint);
      }
    }
  }

  #blend(at: number, { size: n, data }: Bitmap, u: number, v: number, tint: Rgb): void {
    const ix = Math.floor(u);
    const iy = Math.floor(v);
    const fx = u - ix;
    const fy = v - iy;
    let r = 0;
    let g = 0;
    let b = 0;
    let a = 0;
    for (let k = 0; k < 4; k++) {
      const x = ix + (k & 1);
      const y = iy + (k >> 1);
      if (x < 0 || y < 0 || x >= n || y >= n) continue;
      const w = (k & 1 ? fx : 1 - fx) * (k >> 1 ? fy : 1 - fy);
      const i = (y * n + x) * 4;
      r += w * (data[i] as number);
      g += w * (data[i + 1] as number);
      b += w * (data[i + 2] as number);
      a += w * (data[i + 3] as number);
    }
    const keep = 1 - a / 255;
    const d = this.data;
    d[at] = (d[at] as number) * keep + r * tint[0];
    d[at + 1] = (d[at + 1] as number) * keep + g * tint[1];
    d[at + 2] = (d[at + 2] as number) * keep + b * tint[2];
  }

  /** To shades of grey, or brownish ones as in old prints. */
  removeColour(sepia: boolean): void {
    const d = this.data;
    for (let i = 0; i < d.length; i += 3) {
      const luma =
        0.299 * (d[i] as number) + 0.587 * (d[i + 1] as number) + 0.114 * (d[i + 2] as number);
      d[i] = sepia ? luma * 0.96 + 10 : luma;
      d[i + 1] = sepia ? luma * 0.9 + 6 : luma;
      d[i + 2] = sepia ? luma * 0.76 : luma;
    }
  }

  /** Uniform grain of ± amount. */
  addGrain(amount: number, random: Random): void {
    for (let i = 0; i < this.data.length; i += 3) {
      const shift = random.uniform(-amount, amount);
      for (let c = 0; c < 3; c++) this.data[i + c] = (this.data[i + c] as number) + shift;
    }
  }

  /** @returns [size, size, 3] bytes */
  toBytes(): Uint8Array {
    const out = new Uint8Array(this.data.length);
    for (let i = 0; i < out.length; i++) {
      out[i] = Math.max(0, Math.min(255, Math.round(this.data[i] as number)));
    }
    return out;
  }
}
