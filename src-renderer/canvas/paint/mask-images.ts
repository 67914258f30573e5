import { forEachSpan } from '../mask/run-lengths.ts';
import { tileSide } from '../mask/tiled-mask.ts';
import type { Mask } from '../mask/run-lengths.ts';
import type { Tile, TiledMask } from '../mask/tiled-mask.ts';
import type { Rect } from '../geometry/plane.ts';
import type { Surface } from './surface.ts';
import type { Viewport } from '../viewport.ts';

interface MaskImage {
  readonly canvas: OffscreenCanvas;
  readonly color: string;
  /** Image pixels to a pixel of the canvas. */
  readonly step: number;
  /** When it was drawn last. */
  frame: number;
}

/** Pixels of all mask images together (4 bytes each); the ones unused for longest go first. */
const budget = 32_000_000;
const fillAlpha = 0x66;
const borderAlpha = 0xff;

const white = (alpha: number): number => ((alpha << 24) | 0x00ffffff) >>> 0;

function tinted(pixels: Uint32Array, width: number, height: number, color: string) {
  const canvas = new OffscreenCanvas(width, height);
  const ctx = canvas.getContext('2d');
  if (ctx === null) return canvas;
  const bytes = new Uint8ClampedArray(pixels.buffer as ArrayBuffer);
  ctx.putImageData(new ImageData(bytes, width, height), 0, 0);
  ctx.globalCompositeOperation = 'source-in';
  ctx.fillStyle = color;
  ctx.fillRect(0, 0, width, height);
  return canvas;
}

/** Every `step`-th pixel of the mask; pixels at its border are opaque. */
function makeImage(mask: Mask, color: string, step: number): MaskImage {
  const width = Math.max(1, Math.ceil(mask.width / step));
  const height = Math.max(1, Math.ceil(mask.height / step));
  const pixels = new Uint32Array(width * height);
  forEachSpan(mask, (row, start, end) => {
    const y = row - mask.y;
    if (y % step !== 0) return;
    const from = Math.ceil((start - mask.x) / step);
    const to = Math.ceil((end - mask.x) / step);
    const line = (y / step) * width;
    pixels.fill(white(fillAlpha), line + from, line + to);
  });
  markBorder(pixels, width, height);
  return { canvas: tinted(pixels, width, height, color), color, step, frame: 0 };
}

function markBorder(pixels: Uint32Array, width: number, height: number): void {
  const border = white(borderAlpha);
  for (let y = 0; y < height; y++) {
    const line = y * width;
    for (let x = 0; x < width; x++) {
      const at = line + x;
      if (pixels[at] === 0) continue;
      const isInner =
        x > 0 &&
        x < width - 1 &&
        y > 0 &&
        y < height - 1 &&
        pixels[at - 1] !== 0 &&
        pixels[at + 1] !== 0 &&
        pixels[at - width] !== 0 &&
        pixels[at + width] !== 0;
      if (!isInner) pixels[at] = border;
    }
  }
}

/** Pictures of masks in their label's colour, as fine as the zoom asks for. */
export class MaskImages {
  /** In order of use. */
  readonly #images = new Map<Mask, MaskImage>();
  readonly #tiles = new WeakMap<
    Tile,
    { canvas: OffscreenCanvas; version: number; color: string }
  >();
  #pixelCount = 0;
  #frame = 0;

  /** After a frame: gives up images over the budget, never one that the frame has drawn. */
  trim(): void {
    for (const [mask, image] of this.#images) {
      if (this.#pixelCount <= budget || image.frame === this.#frame) break;
      this.#images.delete(mask);
      this.#pixelCount -= image.canvas.width * image.canvas.height;
    }
    this.#frame++;
  }

  /** The context's unit is an image pixel. */
  draw(surface: Surface, viewport: Viewport, mask: Mask, color: string): void {
    const { ctx } = surface;
    const scale = viewport.scale * surface.ratio;
    const step = 2 ** Math.max(0, Math.floor(Math.log2(1 / scale)));
    const { canvas } = this.#imageOf(mask, color, step);
    ctx.imageSmoothingEnabled = scale < 1;
    ctx.drawImage(canvas, mask.x, mask.y, canvas.width * step, canvas.height * step);
  }

  /** Paint in the making; tiles that did not change are not made again. */
  drawTiled(surface: Surface, viewport: Viewport, mask: TiledMask, color: string): void {
    const { ctx, ratio } = surface;
    // Whole device pixels: tiles that met between two would show a seam.
    const place = (at: number, offset: number): number =>
      Math.round((at * viewport.scale + offset) * ratio);
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.imageSmoothingEnabled = viewport.scale * ratio < 1;
    for (const tile of mask.tiles) {
      const { x, y } = viewport.offset;
      const left = place(tile.column * tileSide, x);
      const top = place(tile.row * tileSide, y);
      const right = place((tile.column + 1) * tileSide, x);
      const bottom = place((tile.row + 1) * tileSide, y);
      const area: Rect = { x: left, y: top, width: right - left, height: bottom - top };
      if (right < 0 || bottom < 0) continue;
      if (left > ctx.canvas.width || top > ctx.canvas.height) continue;
      ctx.drawImage(this.#tileImage(tile, color), area.x, area.y, area.width, area.height);
    }
  }

  #imageOf(mask: Mask, color: string, step: number): MaskImage {
    const known = this.#images.get(mask);
    this.#images.delete(mask);
    if (known !== undefined && known.step === step && known.color === color) {
      known.frame = this.#frame;
      this.#images.set(mask, known);
      return known;
    }
    if (known !== undefined) this.#pixelCount -= known.canvas.width * known.canvas.height;
    const image = makeImage(mask, color, step);
    image.frame = this.#frame;
    this.#images.set(mask, image);
    this.#pixelCount += image.canvas.width * image.canvas.height;
    return image;
  }

  #tileImage(tile: Tile, color: string): OffscreenCanvas {
    const known = this.#tiles.get(tile);
    if (known !== undefined && known.version === tile.version && known.color === color) {
      return known.canvas;
    }
    const pixels = new Uint32Array(tileSide * tileSide);
    const alpha = white(fillAlpha);
    for (let i = 0; i < pixels.length; i++) if (tile.pixels[i] === 1) pixels[i] = alpha;
    const canvas = tinted(pixels, tileSide, tileSide, color);
    this.#tiles.set(tile, { canvas, version: tile.version, color });
    return canvas;
  }
}
