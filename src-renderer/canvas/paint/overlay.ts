import { handlesOf } from '../geometry/handles.ts';
import { linePath } from './paths.ts';
import { colorOf, plain, styleOf } from './style.ts';
import { tagHeight, tagPlace, tagText } from './tags.ts';
import { paintBrush, paintCaption, paintGuides, paintHandles, paintMarquee } from './marks.ts';
import type { Geometry, Shape } from '../../../src-main/ipc/contract/shapes.ts';
import type { Editor } from '../editor.ts';
import type { Preview } from '../tools/tool.ts';
import type { ShapePainter } from './shape-painter.ts';
import type { Emphasis } from './style.ts';
import type { Surface } from './surface.ts';
import type { Tags } from './tags.ts';

/** Draws what changes while the pointer moves: hovered and selected shapes, handles, tool previews. */
export class OverlayPainter {
  readonly #editor: Editor;
  readonly #painter: ShapePainter;
  readonly #tags: Tags;

  constructor(editor: Editor, painter: ShapePainter, tags: Tags) {
    this.#editor = editor;
    this.#painter = painter;
    this.#tags = tags;
  }

  get isBlank(): boolean {
    const { scene, preview, ghosts } = this.#editor;
    if (scene.key === null) return true;
    const isQuiet = preview === null && scene.selection.size === 0 && scene.hovered === null;
    return isQuiet && ghosts.length === 0;
  }

  paint(surface: Surface): void {
    const preview = this.#editor.preview;
    this.#shapes(surface, preview);
    this.#ghosts(surface);
    if (preview !== null) this.#preview(surface, preview);
    const { theme } = this.#painter;
    const { viewport } = this.#editor;
    if (preview?.marquee !== undefined) paintMarquee(surface, viewport, theme, preview.marquee);
    if (preview?.guides !== undefined) paintGuides(surface, viewport, theme, preview.guides);
    if (preview?.brush !== undefined) paintBrush(surface, viewport, theme, preview.brush);
    if (preview?.caption !== undefined) paintCaption(surface, viewport, theme, preview.caption);
  }

  #shapes(surface: Surface, preview: Preview | null): void {
    const { scene } = this.#editor;
    const edited = new Map(preview?.edits?.map(({ id, geometry }) => [id, geometry]));
    const { hovered } = scene;
    if (hovered !== null && !scene.selection.has(hovered.id) && !edited.has(hovered.id)) {
      this.#shape(surface, hovered, 'hovered', hovered.geometry);
    }
    const selected = scene.selectedShapes();
    for (const [id, geometry] of edited) {
      const shape = scene.shape(id);
      if (shape !== undefined && !scene.selection.has(id)) {
        this.#shape(surface, shape, 'normal', geometry);
      }
    }
    for (const shape of selected) {
      if (preview?.paint?.replaces === shape.id) continue;
      this.#shape(surface, shape, 'selected', edited.get(shape.id) ?? shape.geometry);
    }
    this.#handles(surface, selected, edited);
  }

  #handles(surface: Surface, selected: Shape[], edited: ReadonlyMap<number, Geometry>): void {
    const [shape] = selected;
    if (selected.length !== 1 || shape === undefined || shape.isLocked || shape.isHidden) return;
    const { viewport, tools } = this.#editor;
    const geometry = edited.get(shape.id) ?? shape.geometry;
    const handles = handlesOf(geometry, viewport.pixel, viewport.visible);
    paintHandles(surface, viewport, this.#painter.theme, handles, tools.select.corner);
  }

  #shape(surface: Surface, shape: Shape, emphasis: Emphasis, geometry: Geometry): void {
    const { scene } = this.#editor;
    this.#painter.shape(surface, scene, shape, emphasis, geometry);
    if (emphasis !== 'normal') this.#nameTag(surface, shape, geometry);
  }

  #nameTag(surface: Surface, shape: Shape, geometry: Geometry): void {
    const { scene, viewport } = this.#editor;
    const { theme } = this.#painter;
    const label = scene.label(shape.labelId);
    const words = [label?.name ?? '', shape.text].filter((word) => word !== '').join(': ');
    const signs = `${shape.isLocked ? '🔒\uFE0E ' : ''}${shape.isDraft ? '? ' : ''}`;
    if (words === '' && signs === '') return;
    const color = colorOf(label, theme);
    const { x, y } = tagPlace(viewport, geometry);
    // Of a shape that reaches beyond the screen the name stays in sight.
    const at = { x: Math.max(2, x), y: Math.max(2 + tagHeight, y) };
    this.#tags.draw(surface, at, signs + tagText(words), color, theme);
  }

  #ghosts(surface: Surface): void {
    const { scene, ghosts } = this.#editor;
    for (const { geometry, labelId } of ghosts) {
      const label = scene.label(labelId);
      const style = styleOf(colorOf(label, this.#painter.theme), plain, 'selected');
      this.#painter.geometry(surface, geometry, style, label?.skeleton?.bones ?? []);
    }
  }

  #preview(surface: Surface, { paint, line, skeleton }: Preview): void {
    const { scene, viewport, settings } = this.#editor;
    const { theme, masks } = this.#painter;
    if (paint !== undefined) {
      const color = colorOf(scene.label(paint.labelId), theme);
      masks.drawTiled(surface, viewport, paint.mask, color);
    }
    const color = colorOf(scene.label(settings.activeLabelId), theme);
    const style = styleOf(color, plain, 'selected');
    surface.useImageUnits(viewport);
    if (line !== undefined) {
      const { points, isClosed, closes, hasCorners } = line;
      if (isClosed) {
        surface.ctx.globalAlpha = closes ? 0.28 : style.fillAlpha;
        surface.ctx.fillStyle = color;
        surface.ctx.fill(linePath(points, true), 'evenodd');
      }
      this.#painter.line(surface, linePath(points, closes), style);
      const corners = hasCorners ? points : [];
      const handles = corners.map((point, index) => ({ kind: 'vertex' as const, point, index }));
      paintHandles(surface, viewport, theme, handles, closes ? 0 : null);
    }
    if (skeleton !== undefined) {
      this.#painter.skeleton(surface, skeleton.joints, skeleton.bones, style);
    }
  }
}
