import { inflated, intersects } from '../geometry/plane.ts';
import { boundsOf } from '../geometry/outline.ts';
import { MaskImages } from './mask-images.ts';
import { bonePath, pathOf } from './paths.ts';
import { colorOf, styleOf } from './style.ts';
import type { Geometry, GeometryOf, Shape } from '../../../src-main/ipc/contract/shapes.ts';
import type { Bones } from '../geometry/hit.ts';
import type { Point, Rect } from '../geometry/plane.ts';
import type { Scene } from '../scene.ts';
import type { CanvasTheme } from '../theme.ts';
import type { Viewport } from '../viewport.ts';
import type { Emphasis, ShapeStyle } from './style.ts';
import type { Surface } from './surface.ts';

/** Screen pixels. */
const haloWidth = 1.75;
const pointRadius = 5;
const jointRadius = 4;

/** Draws geometries in the look of a style. */
export class ShapePainter {
  readonly masks = new MaskImages();
  readonly #viewport: Viewport;
  theme: CanvasTheme;
  /** 0 … 1, of masks. */
  maskOpacity = 1;

  constructor(viewport: Viewport, theme: CanvasTheme) {
    this.#viewport = viewport;
    this.theme = theme;
  }

  /** A shape as it is stored, or with `geometry` in place of its own. */
  shape(
    surface: Surface,
    scene: Scene,
    shape: Shape,
    emphasis: Emphasis,
    geometry: Geometry = shape.geometry,
  ): void {
    const label = scene.label(shape.labelId);
    const style = styleOf(colorOf(label, this.theme), shape, emphasis);
    this.geometry(surface, geometry, style, scene.bonesOf(shape));
  }

  geometry(surface: Surface, geometry: Geometry, style: ShapeStyle, bones: Bones): void {
    const near = inflated(this.#viewport.visible, 8 * this.#viewport.pixel);
    if (!intersects(boundsOf(geometry), near)) return;
    surface.useImageUnits(this.#viewport);
    switch (geometry.kind) {
      case 'mask':
        return this.#mask(surface, geometry, style);
      case 'point':
        return this.#dot(surface, geometry, pointRadius, style, true);
      case 'skeleton':
        return this.skeleton(surface, geometry.points, bones, style);
      case 'freehand':
        return this.line(surface, pathOf(geometry, bones), style);
      case 'box':
        return this.#box(surface, geometry, style);
      case 'rotated-box':
      case 'polygon': {
        const path = pathOf(geometry, bones);
        this.#withFill(surface.ctx, style, () => surface.ctx.fill(path, 'evenodd'));
        return this.line(surface, path, style);
      }
    }
  }

  skeleton(
    surface: Surface,
    joints: readonly (Point & { readonly visibility: number })[],
    bones: Bones,
    style: ShapeStyle,
  ): void {
    this.line(surface, bonePath(joints, bones), style);
    for (const joint of joints) {
      if (joint.visibility === 0) continue;
      this.#dot(surface, joint, jointRadius, style, joint.visibility === 2);
    }
  }

  /** As a rectangle and not as a path: browsers draw these faster, and most shapes are boxes. */
  #box({ ctx }: Surface, { x, y, width, height }: Rect, style: ShapeStyle): void {
    this.#withFill(ctx, style, () => ctx.fillRect(x, y, width, height));
    this.#withLines(ctx, style, () => ctx.strokeRect(x, y, width, height));
  }

  /** A dark line beneath, so that it shows on any picture; widths are the same at every zoom. */
  line({ ctx }: Surface, path: Path2D, style: ShapeStyle): void {
    this.#withLines(ctx, style, () => ctx.stroke(path));
  }

  #withLines(ctx: CanvasRenderingContext2D, style: ShapeStyle, stroke: () => void): void {
    const { pixel } = this.#viewport;
    const isDashed = style.dash.length > 0;
    ctx.lineJoin = 'round';
    ctx.globalAlpha = style.lineAlpha;
    if (isDashed) ctx.setLineDash(style.dash.map((length) => length * pixel));
    ctx.strokeStyle = this.theme.halo;
    ctx.lineWidth = (style.lineWidth + haloWidth) * pixel;
    stroke();
    ctx.strokeStyle = style.color;
    ctx.lineWidth = style.lineWidth * pixel;
    stroke();
    if (isDashed) ctx.setLineDash([]);
    ctx.globalAlpha = 1;
  }

  #withFill(ctx: CanvasRenderingContext2D, style: ShapeStyle, fill: () => void): void {
    if (style.fillAlpha === 0) return;
    ctx.globalAlpha = style.fillAlpha;
    ctx.fillStyle = style.color;
    fill();
    ctx.globalAlpha = 1;
  }

  /** A hollow dot is a joint that is hidden. */
  #dot({ ctx }: Surface, at: Point, radius: number, style: ShapeStyle, isFilled: boolean): void {
    const { pixel } = this.#viewport;
    const grown = radius + (style.lineWidth - 1.5);
    ctx.globalAlpha = style.lineAlpha;
    ctx.beginPath();
    ctx.arc(at.x, at.y, grown * pixel, 0, 2 * Math.PI);
    ctx.fillStyle = isFilled ? style.color : this.theme.halo;
    ctx.fill();
    ctx.strokeStyle = this.theme.halo;
    ctx.lineWidth = 3.5 * pixel;
    ctx.stroke();
    ctx.strokeStyle = isFilled ? this.theme.handleFill : style.color;
    ctx.lineWidth = 1.5 * pixel;
    ctx.stroke();
    ctx.globalAlpha = 1;
  }

  #mask(surface: Surface, mask: GeometryOf<'mask'>, style: ShapeStyle): void {
    const { ctx } = surface;
    ctx.globalAlpha = style.lineAlpha * this.maskOpacity;
    this.masks.draw(surface, this.#viewport, mask, style.color);
    ctx.globalAlpha = 1;
    if (style.lineWidth > 1.5) this.line(surface, pathOf(mask, []), style);
  }
}
