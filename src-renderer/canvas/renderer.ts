import { boundsOf } from './geometry/outline.ts';
import { inflated } from './geometry/plane.ts';
import { OverlayPainter } from './paint/overlay.ts';
import { paintPicture } from './paint/picture-painter.ts';
import { ShapePainter } from './paint/shape-painter.ts';
import { colorOf } from './paint/style.ts';
import { Surface } from './paint/surface.ts';
import { letterOf, Tags, tagText } from './paint/tags.ts';
import type { Shape } from '../../src-main/ipc/contract/shapes.ts';
import type { Editor, Layer } from './editor.ts';
import type { Size } from './geometry/plane.ts';
import type { PictureSource } from './picture.ts';
import type { CanvasTheme } from './theme.ts';

/** What every shape carries; hovered and selected ones always show their name. */
export type TagMode = 'none' | 'letters' | 'names';

/** Screen pixels of a shape's longer side below which a letter would cover it. */
const leastForLetter = 28;

/**
 * Three canvases, one above the other: picture, shapes, overlay. Each is drawn only when something of
 * its own has changed, at most once a frame; so a hover draws neither picture nor shapes, and a drag
 * draws the shapes that stand still only once, at its start.
 */
export class Renderer {
  readonly #editor: Editor;
  readonly #surfaces: Record<Layer, Surface>;
  readonly #painter: ShapePainter;
  readonly #tags = new Tags();
  readonly #overlay: OverlayPainter;
  readonly #drawn: ((durationMs: number) => void) | undefined;
  readonly #dirty = new Set<Layer>();
  #frame = 0;
  #picture: PictureSource | null = null;
  #tagMode: TagMode = 'letters';

  /** @param drawn told how long a frame's drawing took */
  constructor(
    container: HTMLElement,
    editor: Editor,
    theme: CanvasTheme,
    drawn?: (durationMs: number) => void,
  ) {
    this.#editor = editor;
    this.#surfaces = {
      picture: new Surface(container),
      shapes: new Surface(container),
      overlay: new Surface(container),
    };
    this.#painter = new ShapePainter(editor.viewport, theme);
    this.#overlay = new OverlayPainter(editor, this.#painter, this.#tags);
    this.#drawn = drawn;
  }

  redraw(layer: Layer): void {
    this.#dirty.add(layer);
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  resize(size: Size, ratio: number): void {
    for (const surface of Object.values(this.#surfaces)) surface.resize(size, ratio);
    this.#editor.viewport.setScreen(size);
    this.#redrawAll();
    // A canvas that was resized is empty; waiting for the next frame would flash.
    this.#draw();
  }

  setPicture(picture: PictureSource | null): void {
    this.#picture = picture;
    this.redraw('picture');
  }

  setTheme(theme: CanvasTheme): void {
    this.#painter.theme = theme;
    this.#tags.clear();
    this.#redrawAll();
  }

  setTagMode(mode: TagMode): void {
    this.#tagMode = mode;
    this.redraw('shapes');
  }

  destroy(): void {
    cancelAnimationFrame(this.#frame);
    for (const surface of Object.values(this.#surfaces)) surface.element.remove();
  }

  #redrawAll(): void {
    this.redraw('picture');
    this.redraw('shapes');
    this.redraw('overlay');
  }

  #draw(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    const started = performance.now();
    const dirty = [...this.#dirty];
    this.#dirty.clear();
    for (const layer of dirty) {
      const surface = this.#surfaces[layer];
      surface.clear();
      if (this.#editor.scene.key === null) continue;
      if (layer === 'picture') paintPicture(surface, this.#editor, this.#picture);
      else if (layer === 'shapes') this.#drawShapes(surface);
      else this.#overlay.paint(surface);
    }
    if (dirty.includes('shapes')) this.#painter.masks.trim();
    this.#drawn?.(performance.now() - started);
  }

  #drawShapes(surface: Surface): void {
    const { scene, viewport, replaced } = this.#editor;
    const shapes = scene
      .within(inflated(viewport.visible, 10 * viewport.pixel))
      .filter(({ id }) => !replaced.has(id));
    for (const shape of shapes) this.#painter.shape(surface, scene, shape, 'normal');
    if (this.#tagMode === 'none') return;
    for (const shape of shapes) this.#drawTag(surface, shape);
  }

  #drawTag(surface: Surface, shape: Shape): void {
    const { scene, viewport } = this.#editor;
    const label = scene.label(shape.labelId);
    if (label === undefined) return;
    const bounds = boundsOf(shape.geometry);
    const at = viewport.toScreen(bounds);
    const { theme } = this.#painter;
    const color = colorOf(label, theme);
    if (this.#tagMode === 'names') {
      return this.#tags.draw(surface, at, tagText(label.name), color, theme, false);
    }
    const isSmall = Math.max(bounds.width, bounds.height) * viewport.scale < leastForLetter;
    const isDot = bounds.width === 0 && bounds.height === 0;
    if (isSmall && !isDot) return;
    const place = isDot ? { x: at.x + 7, y: at.y - 7 } : at;
    this.#tags.draw(surface, place, letterOf(label.name), color, theme, !isDot);
  }
}
