import { OverlayPainter } from './paint/overlay.ts';
import { PictureLayer } from './paint/picture-layer.ts';
import { ShapePainter } from './paint/shape-painter.ts';
import { ShapesLayer } from './paint/shapes-layer.ts';
import { Surface } from './paint/surface.ts';
import { Tags } from './paint/tags.ts';
import type { Editor, Layer } from './editor.ts';
import type { Size } from './geometry/plane.ts';
import type { TagMode } from './paint/shapes-layer.ts';
import type { PictureSource } from './picture.ts';
import type { CanvasTheme } from './theme.ts';

/** The view stands still when it has not moved for so long. */
const standstillMs = 120;

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
  readonly #picture: PictureLayer;
  readonly #shapes: ShapesLayer;
  readonly #overlay: OverlayPainter;
  readonly #drawn: ((durationMs: number) => void) | undefined;
  readonly #dirty = new Set<Layer>();
  #frame = 0;
  #hasMoved = false;
  #isOverlayBlank = false;
  #standstill: ReturnType<typeof setTimeout> | undefined;

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
    this.#picture = new PictureLayer(this.#surfaces.picture, editor);
    this.#shapes = new ShapesLayer(this.#surfaces.shapes, editor, this.#painter, this.#tags);
    this.#overlay = new OverlayPainter(editor, this.#painter, this.#tags);
    this.#drawn = drawn;
  }

  /** The view moved over what is drawn. */
  moved(): void {
    this.#hasMoved = true;
    this.redraw('overlay');
  }

  redraw(layer: Layer): void {
    this.#dirty.add(layer);
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  resize(size: Size, ratio: number): void {
    for (const surface of Object.values(this.#surfaces)) surface.resize(size, ratio);
    this.#editor.viewport.setScreen(size, ratio);
    this.#redrawAll();
    // A canvas that was resized is empty; waiting for the next frame would flash.
    this.#draw();
  }

  setPicture(picture: PictureSource | null): void {
    this.#picture.picture = picture;
    this.redraw('picture');
  }

  setTheme(theme: CanvasTheme): void {
    this.#painter.theme = theme;
    this.#tags.clear();
    this.#redrawAll();
  }

  setMaskOpacity(opacity: number): void {
    this.#painter.maskOpacity = opacity;
    this.redraw('shapes');
    this.redraw('overlay');
  }

  setTagMode(mode: TagMode): void {
    this.#shapes.tagMode = mode;
    this.redraw('shapes');
  }

  destroy(): void {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#standstill);
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
    const dirty = new Set(this.#dirty);
    this.#dirty.clear();
    if (dirty.has('picture')) this.#picture.draw();
    else if (this.#hasMoved) this.#picture.follow();
    if (dirty.has('shapes')) this.#shapes.draw();
    else if (this.#hasMoved && this.#shapes.follow()) this.#awaitStandstill();
    if (dirty.has('overlay')) this.#drawOverlay();
    this.#hasMoved = false;
    this.#drawn?.(performance.now() - started);
  }

  #drawOverlay(): void {
    const isBlank = this.#overlay.isBlank;
    // Even an empty canvas costs its way to the screen when it is touched.
    if (isBlank && this.#isOverlayBlank) return;
    this.#isOverlayBlank = isBlank;
    this.#surfaces.overlay.clear();
    if (!isBlank) this.#overlay.paint(this.#surfaces.overlay);
  }

  #awaitStandstill(): void {
    clearTimeout(this.#standstill);
    this.#standstill = setTimeout(() => this.redraw('shapes'), standstillMs);
  }
}
