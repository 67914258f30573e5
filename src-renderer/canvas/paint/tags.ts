import { outlineOf } from '../geometry/outline.ts';
import { textOn } from '../theme.ts';
import type { Geometry } from '../../../src-main/ipc/contract/shapes.ts';
import type { CanvasTheme } from '../theme.ts';
import type { Point } from '../geometry/plane.ts';
import type { Viewport } from '../viewport.ts';
import type { Surface } from './surface.ts';

/** Screen pixels. */
export const tagHeight = 16;
const padding = 5;
const longest = 32;
const remembered = 600;

/**
 * `text` cut to a length for a tag and set apart from what stands beside it: letters of another
 * direction in it do not reorder anything else, and line breaks do not show.
 */
export function tagText(text: string): string {
  const oneLine = text.replace(/\s+/g, ' ').trim();
  const letters = [...oneLine];
  const cut = letters.length > longest ? `${letters.slice(0, longest - 1).join('')}…` : oneLine;
  return `\u2068${cut}\u2069`;
}

/** Where a tag stands on a geometry: its highest corner; of a mask its first pixel. */
function tagAnchor(geometry: Geometry): Point {
  if (geometry.kind === 'mask') {
    const skipped = geometry.width > 0 ? (geometry.counts[0] ?? 0) % geometry.width : 0;
    return { x: geometry.x + skipped, y: geometry.y };
  }
  const { points } = outlineOf(geometry);
  const seen =
    geometry.kind === 'skeleton'
      ? points.filter((_, i) => geometry.points[i]?.visibility !== 0)
      : points;
  const start = seen[0] ?? { x: 0, y: 0 };
  return seen.reduce((a, b) => (b.y < a.y || (b.y === a.y && b.x < a.x) ? b : a), start);
}

/** The place of a tag on the screen; beside a dot rather than over it. */
export function tagPlace(viewport: Viewport, geometry: Geometry): Point {
  const { x, y } = viewport.toScreen(tagAnchor(geometry));
  const isDot = geometry.kind === 'point' || geometry.kind === 'skeleton';
  return isDot ? { x: x + 7, y: y - 4 } : { x: x - 1, y: y - 1 };
}

/** The first letter of a label's name, the second cue beside its colour. */
export function letterOf(name: string): string {
  const [first] = new Intl.Segmenter().segment(name.trim());
  return (first?.segment ?? '?').toLocaleUpperCase();
}

/** Small signs with a word on a colour; each is drawn once and copied after that. */
export class Tags {
  readonly #images = new Map<string, OffscreenCanvas>();

  /** `at`: its lower left corner in screen pixels. */
  draw(surface: Surface, at: Point, text: string, color: string, theme: CanvasTheme): void {
    const { ctx, ratio } = surface;
    const canvas = this.#imageOf(text, color, theme, ratio);
    // Whole device pixels: letters between two are blurred.
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.imageSmoothingEnabled = false;
    const top = at.y - tagHeight;
    ctx.drawImage(canvas, Math.round(at.x * ratio), Math.round(top * ratio));
  }

  /** After a change of theme. */
  clear(): void {
    this.#images.clear();
  }

  #imageOf(text: string, color: string, theme: CanvasTheme, ratio: number) {
    const key = `${String(ratio)}|${color}|${text}`;
    const known = this.#images.get(key);
    if (known !== undefined) return known;
    if (this.#images.size >= remembered) this.#images.clear();
    const image = makeTag(text, color, theme, ratio);
    this.#images.set(key, image);
    return image;
  }
}

function makeTag(text: string, color: string, theme: CanvasTheme, ratio: number) {
  const font = `600 11px ${theme.font}`;
  const canvas = new OffscreenCanvas(1, 1);
  const ctx = canvas.getContext('2d');
  if (ctx === null) return canvas;
  ctx.font = font;
  const width = Math.max(tagHeight, Math.ceil(ctx.measureText(text).width) + 2 * padding);
  canvas.width = Math.ceil(width * ratio);
  canvas.height = Math.ceil(tagHeight * ratio);
  ctx.scale(ratio, ratio);
  ctx.fillStyle = color;
  ctx.beginPath();
  ctx.roundRect(0, 0, width, tagHeight, 3);
  ctx.fill();
  ctx.fillStyle = textOn(color);
  ctx.font = font;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'middle';
  ctx.fillText(text, width / 2, tagHeight / 2 + 0.5);
  return canvas;
}
