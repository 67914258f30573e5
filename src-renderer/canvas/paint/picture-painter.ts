import type { Editor } from '../editor.ts';
import type { PictureSource } from '../picture.ts';
import type { Viewport } from '../viewport.ts';
import type { Surface } from './surface.ts';

/** Screen pixels to an image pixel from which its edges are worth a grid, and its colour is plain. */
const gridFrom = 16;
const plainFrom = 2;

/** The picture, or its place while it is not there; with a grid of its pixels where they are large. */
export function paintPicture(
  surface: Surface,
  { viewport, scene }: Editor,
  picture: PictureSource | null,
): void {
  const { ctx } = surface;
  surface.useImageUnits(viewport);
  if (picture === null) {
    ctx.fillStyle = 'rgba(128, 128, 128, 0.18)';
    ctx.fillRect(0, 0, scene.size.width, scene.size.height);
    return;
  }
  ctx.imageSmoothingEnabled = viewport.scale < plainFrom;
  ctx.imageSmoothingQuality = 'medium';
  picture.draw(ctx, viewport.visible, viewport.scale * surface.ratio);
  if (viewport.scale >= gridFrom) paintGrid(surface, viewport, scene.size);
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
