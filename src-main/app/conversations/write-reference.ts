/** How references stand in a text, by what a model was taught to read. */
import type { Dialect } from '../../ipc/contract/content.ts';
import type { Geometry } from '../../ipc/contract/shapes.ts';
import { boundsOf } from '../annotation/shape-bounds.ts';

/** Pixels of the upright picture. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

interface Writing {
  /** One coordinate, of `side` pixels. */
  readonly number: (pixels: number, side: number) => string;
  readonly box: (left: string, top: string, right: string, bottom: string) => string;
}

const clamp = (value: number, high: number): number => Math.min(Math.max(value, 0), high);

const plainBox: Writing['box'] = (...corners) => `[${corners.join(', ')}]`;

/**
 * - `normalized-box`: shares of the sides with two decimals (LLaVA-1.5, arXiv:2310.03744);
 * - `pixel-box`: whole pixels of the original;
 * - `box-tokens`: thousandths below 1000 between box tokens (Qwen-VL, arXiv:2308.12966).
 */
const writings: Readonly<Record<Dialect, Writing>> = {
  'normalized-box': {
    number: (pixels, side) => clamp(pixels / side, 1).toFixed(2),
    box: plainBox,
  },
  'pixel-box': {
    number: (pixels, side) => String(Math.round(clamp(pixels, side))),
    box: plainBox,
  },
  'box-tokens': {
    number: (pixels, side) => String(clamp(Math.round((1000 * pixels) / side), 999)),
    box: (left, top, right, bottom) => `<box>(${left},${top}),(${right},${bottom})</box>`,
  },
};

/**
 * The box around a mark, cut at the picture's edge; a single point as `(x, y)`.
 * @returns null when nothing is marked
 */
export function writeRegion(
  geometry: Geometry,
  { width, height }: PictureSize,
  dialect: Dialect,
): string | null {
  const bounds = boundsOf(geometry);
  if (bounds === null) return null;
  const { number, box } = writings[dialect];
  const [left, top, right, bottom] = bounds;
  const [x1, y1] = [number(left, width), number(top, height)];
  if (left === right && top === bottom) return `(${x1}, ${y1})`;
  return box(x1, y1, number(right, width), number(bottom, height));
}

/** `3.2s`, or `3.2s-7.5s` for a stretch. */
export function writeTime(fromMs: number, toMs: number | null): string {
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)}s`;
  return toMs === null ? seconds(fromMs) : `${seconds(fromMs)}-${seconds(toMs)}`;
}
