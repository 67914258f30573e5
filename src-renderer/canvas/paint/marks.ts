import type { Handle } from '../geometry/handles.ts';
import type { Point, Rect } from '../geometry/plane.ts';
import type { SnapGuides } from '../geometry/snap.ts';
import type { CanvasTheme } from '../theme.ts';
import type { Preview } from '../tools/tool.ts';
import type { Viewport } from '../viewport.ts';
import type { Surface } from './surface.ts';

type Ctx = CanvasRenderingContext2D;

/** The middle of the device pixel that holds a place, where a hairline is sharp. */
function crisp(value: number, ratio: number): number {
  return (Math.floor(value * ratio) + 0.5) / ratio;
}

/** @param active index of the corner that keys mean */
export function paintHandles(
  surface: Surface,
  viewport: Viewport,
  theme: CanvasTheme,
  handles: readonly Handle[],
  active: number | null,
): void {
  const { ctx } = surface;
  surface.useScreenUnits();
  ctx.lineWidth = 1.5;
  for (const handle of handles) {
    const at = viewport.toScreen(handle.point);
    ctx.strokeStyle = theme.accent;
    ctx.fillStyle = theme.handleFill;
    if (handle.kind === 'size') paintSquare(ctx, at, handle.angleDegrees);
    else if (handle.kind === 'midpoint') paintDisc(ctx, at, 3, 0.7);
    else if (handle.kind === 'turn') {
      paintStem(ctx, viewport.toScreen(handle.foot), at, theme);
      paintDisc(ctx, at, 5, 1);
    } else {
      if (handle.index === active) ctx.fillStyle = theme.accent;
      if (handle.index === active) ctx.strokeStyle = theme.handleFill;
      paintDisc(ctx, at, handle.index === active ? 5.5 : 4.5, 1);
    }
  }
}

function paintSquare(ctx: Ctx, at: Point, angleDegrees: number): void {
  ctx.save();
  ctx.translate(at.x, at.y);
  ctx.rotate((angleDegrees * Math.PI) / 180);
  ctx.beginPath();
  ctx.roundRect(-4, -4, 8, 8, 1.5);
  ctx.fill();
  ctx.stroke();
  ctx.restore();
}

function paintDisc(ctx: Ctx, at: Point, radius: number, alpha: number): void {
  ctx.globalAlpha = alpha;
  ctx.beginPath();
  ctx.arc(at.x, at.y, radius, 0, 2 * Math.PI);
  ctx.fill();
  ctx.stroke();
  ctx.globalAlpha = 1;
}

function paintStem(ctx: Ctx, from: Point, to: Point, theme: CanvasTheme): void {
  ctx.beginPath();
  ctx.moveTo(from.x, from.y);
  ctx.lineTo(to.x, to.y);
  ctx.strokeStyle = theme.halo;
  ctx.lineWidth = 3;
  ctx.stroke();
  ctx.strokeStyle = theme.accent;
  ctx.lineWidth = 1.5;
  ctx.stroke();
}

export function paintMarquee(
  surface: Surface,
  viewport: Viewport,
  theme: CanvasTheme,
  rect: Rect,
): void {
  const { ctx, ratio } = surface;
  surface.useScreenUnits();
  const { x, y } = viewport.toScreen(rect);
  const place = [crisp(x, ratio), crisp(y, ratio)] as const;
  const size = [rect.width * viewport.scale, rect.height * viewport.scale] as const;
  ctx.globalAlpha = 0.12;
  ctx.fillStyle = theme.accent;
  ctx.fillRect(...place, ...size);
  ctx.globalAlpha = 1;
  ctx.lineWidth = 1;
  ctx.strokeStyle = theme.accent;
  ctx.strokeRect(...place, ...size);
}

export function paintGuides(
  surface: Surface,
  viewport: Viewport,
  theme: CanvasTheme,
  { x, y, point }: SnapGuides,
): void {
  const { ctx, ratio } = surface;
  const { width, height } = viewport.screen;
  surface.useScreenUnits();
  ctx.lineWidth = 1;
  ctx.strokeStyle = theme.accent;
  ctx.setLineDash([4, 3]);
  ctx.beginPath();
  if (x !== undefined) {
    const at = crisp(viewport.toScreen({ x, y: 0 }).x, ratio);
    ctx.moveTo(at, 0);
    ctx.lineTo(at, height);
  }
  if (y !== undefined) {
    const at = crisp(viewport.toScreen({ x: 0, y }).y, ratio);
    ctx.moveTo(0, at);
    ctx.lineTo(width, at);
  }
  ctx.stroke();
  ctx.setLineDash([]);
  if (point === undefined) return;
  const at = viewport.toScreen(point);
  ctx.beginPath();
  ctx.arc(at.x, at.y, 7, 0, 2 * Math.PI);
  ctx.lineWidth = 1.5;
  ctx.stroke();
}

/** A ring that shows on light and on dark; with a line across it erases. */
export function paintBrush(
  surface: Surface,
  viewport: Viewport,
  theme: CanvasTheme,
  { center, radius, erases }: NonNullable<Preview['brush']>,
): void {
  const { ctx } = surface;
  const at = viewport.toScreen(center);
  const size = Math.max(2, radius * viewport.scale);
  surface.useScreenUnits();
  for (const [color, width] of [
    [theme.halo, 3],
    [theme.handleFill, 1.25],
  ] as const) {
    ctx.strokeStyle = color;
    ctx.lineWidth = width;
    ctx.beginPath();
    ctx.arc(at.x, at.y, size, 0, 2 * Math.PI);
    if (erases) {
      const reach = Math.min(size, 6) * Math.SQRT1_2;
      ctx.moveTo(at.x - reach, at.y + reach);
      ctx.lineTo(at.x + reach, at.y - reach);
    }
    ctx.stroke();
  }
}

export function paintCaption(
  surface: Surface,
  viewport: Viewport,
  theme: CanvasTheme,
  { at, text }: NonNullable<Preview['caption']>,
): void {
  if (text === '') return;
  const { ctx } = surface;
  surface.useScreenUnits();
  ctx.font = `500 11px ${theme.font}`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'middle';
  const width = ctx.measureText(text).width + 12;
  const pointer = viewport.toScreen(at);
  const x = Math.min(pointer.x + 14, viewport.screen.width - width - 4);
  const y = Math.min(pointer.y + 14, viewport.screen.height - 24);
  ctx.fillStyle = theme.captionGround;
  ctx.beginPath();
  ctx.roundRect(x, y, width, 20, 4);
  ctx.fill();
  ctx.fillStyle = theme.captionText;
  ctx.fillText(text, x + 6, y + 10.5);
}
