import type { Point, Rect } from '../geometry/plane.ts';
import type { Editor } from '../editor.ts';
import type { PictureSource } from '../picture.ts';
import type { Viewport } from '../viewport.ts';
import type { Surface } from './surface.ts';

/** Screen pixels to an image pixel from which its edges are worth a grid, and its colour is plain. */
const gridFrom = 16;
const plainFrom = 2;

interface DrawnAt {
  readonly scale: number;
  readonly offset: Point;
}

/** The picture, or its place while it is not there; with a grid of its pixels where they are large. */
export class PictureLayer {
  readonly #surface: Surface;
  readonly #editor: Editor;
  #drawnAt: DrawnAt | null = null;
  picture: PictureSource | null = null;

  constructor(surface: Surface, editor: Editor) {
    this.#surface = surface;
    this.#editor = editor;
  }

  /** Everything anew. */
  draw(): void {
    const { viewport, scene } = this.#editor;
    this.#surface.clear();
    this.#drawnAt = { scale: viewport.scale, offset: viewport.offset };
    if (scene.key !== null) this.#paint([viewport.visible]);
  }

  /** The view moved: a pan moves the pixels that are there. */
  follow(): void {
    const { viewport } = this.#editor;
    const before = this.#drawnAt;
    if (before === null || before.scale !== viewport.scale) return this.draw();
    const { offset, scale } = viewport;
    const dx = Math.round((offset.x - before.offset.x) * this.#surface.ratio);
    const dy = Math.round((offset.y - before.offset.y) * this.#surface.ratio);
    const strips = this.#surface.shift(dx, dy);
    if (strips === null) return this.draw();
    this.#drawnAt = { scale, offset };
    if (strips.length === 0) return;
    this.#surface.within(strips, viewport, (areas) => this.#paint(areas));
  }

  #paint(areas: readonly Rect[]): void {
    const { ctx, ratio } = this.#surface;
    const { viewport, scene } = this.#editor;
    this.#surface.useImageUnits(viewport);
    if (this.picture === null) {
      ctx.fillStyle = 'rgba(128, 128, 128, 0.18)';
      ctx.fillRect(0, 0, scene.size.width, scene.size.height);
      return;
    }
    ctx.imageSmoothingEnabled = viewport.scale < plainFrom;
    ctx.imageSmoothingQuality = 'medium';
    for (const area of areas) this.picture.draw(ctx, area, viewport.scale * ratio);
    if (viewport.scale >= gridFrom) paintGrid(this.#surface, viewport, scene.size);
  }
}

function paintGrid(
  surface: Surface,
  viewport: Viewport,
  picture: { width: number; height: number },
): void {
  const { ctx } = surface;
  const { x, y, width, height } = viewport.visible;
  const left = Math.max(0, Math.ceil(x));
  const top = Math.max(0, Math.ceil(y));
  const right = Math.min(picture.width, Math.floor(x + width));
  const bottom = Math.min(picture.height, Math.floor(y + height));
  ctx.beginPath();
  for (let column = left; column <= right; column++) {
    ctx.moveTo(column, Math.max(0, y));
    ctx.lineTo(column, Math.min(picture.height, y + height));
  }
  for (let row = top; row <= bottom; row++) {
    ctx.moveTo(Math.max(0, x), row);
    ctx.lineTo(Math.min(picture.width, x + width), row);
  }
  // Comes in gently, and is seen on light and on dark.
  ctx.globalAlpha = Math.min(1, (viewport.scale - gridFrom) / gridFrom + 0.35);
  ctx.lineWidth = viewport.pixel;
  ctx.strokeStyle = 'rgba(128, 128, 128, 0.45)';
  ctx.stroke();
  ctx.globalAlpha = 1;
}
