import { boundsOf } from '../geometry/outline.ts';
import { inflated } from '../geometry/plane.ts';
import { colorOf } from './style.ts';
import { letterOf, tagPlace, tagText } from './tags.ts';
import type { Shape } from '../../../src-main/ipc/contract/shapes.ts';
import type { Editor } from '../editor.ts';
import type { Point, Rect } from '../geometry/plane.ts';
import type { ShapePainter } from './shape-painter.ts';
import type { Surface } from './surface.ts';
import type { Tags } from './tags.ts';

/** What every shape carries; hovered and selected ones always show their name. */
export type TagMode = 'none' | 'letters' | 'names';

/** Screen pixels of a shape's longer side below which a letter would cover it. */
const leastForLetter = 28;
/** Screen pixels that a shape's drawing reaches beyond its bounds. */
const reachOf: Record<TagMode, number> = { none: 10, letters: 28, names: 300 };
/** So many are drawn anew in every frame of a zoom; more are scaled until it stands still. */
const drawnWhileZooming = 150;

interface DrawnAt {
  readonly scale: number;
  readonly offset: Point;
}

/** The shapes that stand still. Moving the view reuses what is drawn already. */
export class ShapesLayer {
  readonly #surface: Surface;
  readonly #editor: Editor;
  readonly #painter: ShapePainter;
  readonly #tags: Tags;
  #drawnAt: DrawnAt | null = null;
  tagMode: TagMode = 'letters';

  constructor(surface: Surface, editor: Editor, painter: ShapePainter, tags: Tags) {
    this.#surface = surface;
    this.#editor = editor;
    this.#painter = painter;
    this.#tags = tags;
  }

  /** Everything anew. */
  draw(): void {
    const { viewport, scene } = this.#editor;
    this.#surface.clear();
    this.#surface.element.style.transform = '';
    this.#drawnAt = { scale: viewport.scale, offset: viewport.offset };
    if (scene.key !== null) this.#drawWithin([viewport.visible]);
    this.#painter.masks.trim();
  }

  /**
   * The view moved. A pan shifts the pixels that are there and draws what came into view; a zoom over
   * many shapes scales them.
   * @returns whether what is seen is only a stand-in, to be drawn anew once the view stands still
   */
  follow(): boolean {
    const { viewport, scene } = this.#editor;
    const before = this.#drawnAt;
    const { scale, offset } = viewport;
    const factor = scale / (before?.scale ?? scale);
    if (before === null || factor > 2 || factor < 0.5) {
      this.draw();
    } else if (factor === 1) {
      this.#pan(before.offset);
    } else if (scene.within(viewport.visible).length <= drawnWhileZooming) {
      this.draw();
    } else {
      const x = offset.x - before.offset.x * factor;
      const y = offset.y - before.offset.y * factor;
      const values = [factor, 0, 0, factor, x, y].map(String).join(', ');
      this.#surface.element.style.transform = `matrix(${values})`;
      return true;
    }
    return false;
  }

  #pan(from: Point): void {
    const { viewport } = this.#editor;
    const { offset, scale } = viewport;
    const { ratio, element } = this.#surface;
    // Offsets lie on device pixels, so that pixels can be moved as they are.
    const dx = Math.round((offset.x - from.x) * ratio);
    const dy = Math.round((offset.y - from.y) * ratio);
    element.style.transform = '';
    const strips = this.#surface.shift(dx, dy);
    if (strips === null) return this.draw();
    this.#drawnAt = { scale, offset };
    if (strips.length === 0) return;
    this.#surface.within(strips, viewport, (areas) => this.#drawWithin(areas));
  }

  /** Shapes whose drawing may reach into one of `areas` (image pixels), lowest first. */
  #drawWithin(areas: readonly Rect[]): void {
    const { scene, viewport, replaced } = this.#editor;
    const reach = reachOf[this.tagMode] * viewport.pixel;
    const found = new Set(areas.flatMap((area) => scene.within(inflated(area, reach))));
    const shapes = [...found].filter(({ id }) => !replaced.has(id));
    if (areas.length > 1) shapes.sort((a, b) => a.order - b.order || a.id - b.id);
    for (const shape of shapes) this.#painter.shape(this.#surface, scene, shape, 'normal');
    if (this.tagMode === 'none') return;
    for (const shape of shapes) this.#drawTag(shape);
  }

  #drawTag(shape: Shape): void {
    const { scene, viewport } = this.#editor;
    const label = scene.label(shape.labelId);
    if (label === undefined) return;
    const { theme } = this.#painter;
    const color = colorOf(label, theme);
    const bounds = boundsOf(shape.geometry);
    const longest = Math.max(bounds.width, bounds.height) * viewport.scale;
    const isLettered = this.tagMode === 'letters';
    if (isLettered && longest < leastForLetter && shape.geometry.kind !== 'point') return;
    const text = isLettered ? letterOf(label.name) : tagText(label.name);
    this.#tags.draw(this.#surface, tagPlace(viewport, shape.geometry), text, color, theme);
  }
}
