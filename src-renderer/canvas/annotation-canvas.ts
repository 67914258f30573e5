import { Announcer } from './announcer.ts';
import { Editor } from './editor.ts';
import { boundsOf } from './geometry/outline.ts';
import { inflated, union } from './geometry/plane.ts';
import { InputListener } from './input.ts';
import { PictureSlot } from './picture.ts';
import { Renderer } from './renderer.ts';
import { watchSize } from './watch-size.ts';
import { defaultTheme } from './theme.ts';
import type { Label, Shape } from '../../src-main/ipc/contract/shapes.ts';
import type { Point, Size } from './geometry/plane.ts';
import type { CanvasHost, SceneKey } from './host.ts';
import type { PictureSource } from './picture.ts';
import type { TagMode } from './paint/shapes-layer.ts';
import { texts } from './texts/index.ts';
import type { CanvasTheme } from './theme.ts';
import type { ToolId, ToolSettings } from './tools/tool.ts';

export interface CanvasOptions {
  /** Read out by screen readers, e.g. "Picture with its shapes". */
  readonly label: string;
  readonly theme?: CanvasTheme;
  /** Default: letters. */
  readonly tags?: TagMode;
  readonly settings?: Partial<ToolSettings>;
  /** Told how long the drawing of a frame took. */
  readonly drawn?: (durationMs: number) => void;
}

/** How far beside an outline a click still means it, in CSS pixels. */
const menuReach = 4;

export interface SceneInput {
  /** Of the item; comes back with every intent. */
  readonly key: SceneKey;
  /** Of the original picture, upright; known before the picture is. */
  readonly size: Size;
  /** The canvas takes it over and releases it when it shows it no longer. */
  readonly picture: PictureSource | Promise<PictureSource> | null;
  readonly shapes: readonly Shape[];
}

/**
 * The annotation canvas of a screen: draws a picture with its shapes, takes pointer and keys, and asks
 * the host for changes. It fills `container`, which must be positioned.
 */
export class AnnotationCanvas {
  readonly #container: HTMLElement;
  readonly #host: CanvasHost;
  readonly #editor: Editor;
  readonly #renderer: Renderer;
  readonly #input: InputListener;
  readonly #announcer: Announcer;
  readonly #slot: PictureSlot<PictureSource>;
  readonly #stopWatching: () => void;
  #pictureInput: SceneInput['picture'] = null;
  #stopSharpening: (() => void) | undefined;

  constructor(container: HTMLElement, host: CanvasHost, options: CanvasOptions) {
    this.#container = container;
    this.#host = host;
    this.#announcer = new Announcer(container);
    this.#editor = new Editor(host, {
      redraw: (layer) => this.#renderer.redraw(layer),
      moved: () => this.#renderer.moved(),
      setCursor: (cursor) => this.#input.setCursor(cursor),
      selected: () => this.#announcer.selected(this.#editor.scene),
    });
    const theme = options.theme ?? defaultTheme;
    this.#renderer = new Renderer(container, this.#editor, theme, options.drawn);
    this.#input = new InputListener(container, this.#editor);
    this.#slot = new PictureSlot(
      (picture) => this.#pictureArrived(picture),
      (error) => this.#pictureFailed(error),
    );
    this.#describe(options.label);
    this.#editor.setSettings(options.settings ?? {});
    if (options.tags !== undefined) this.#renderer.setTagMode(options.tags);
    this.#stopWatching = watchSize(container, (size, ratio) => this.#renderer.resize(size, ratio));
  }

  get tool(): ToolId {
    return this.#editor.toolId;
  }

  /** CSS pixels to an image pixel. */
  get scale(): number {
    return this.#editor.viewport.scale;
  }

  get settings(): ToolSettings {
    return this.#editor.settings;
  }

  get isBusy(): boolean {
    return this.#editor.isBusy;
  }

  /**
   * Shows a picture with its shapes. With another key the gesture in progress is cancelled, the old
   * picture goes, and whatever is still under way for the old key is dropped when it arrives. With the
   * same key only what changed is replaced, and a gesture goes on.
   */
  setScene(scene: SceneInput | null): void {
    const isOther = scene?.key !== this.#editor.scene.key;
    const picture = scene?.picture ?? null;
    if (isOther) this.#slot.set(null);
    this.#editor.setScene(
      scene?.key ?? null,
      scene?.size ?? { width: 0, height: 0 },
      scene?.shapes ?? [],
    );
    if (!isOther && picture === this.#pictureInput) return;
    this.#pictureInput = picture;
    this.#slot.set(picture);
  }

  /** The picture of scene `key`. @returns false where that scene is gone; the picture is released */
  setPicture(key: SceneKey, picture: PictureSource | Promise<PictureSource> | null): boolean {
    if (key !== this.#editor.scene.key) {
      const release = (late: PictureSource): void => late.release();
      if (picture instanceof Promise) picture.then(release, () => undefined);
      else if (picture !== null) release(picture);
      return false;
    }
    this.#pictureInput = picture;
    this.#slot.set(picture);
    return true;
  }

  /** The shapes of scene `key`. @returns false where that scene is gone; nothing happens */
  setShapes(key: SceneKey, shapes: readonly Shape[]): boolean {
    return this.#editor.setShapes(key, shapes);
  }

  setLabels(labels: readonly Label[]): void {
    this.#editor.setLabels(labels);
  }

  /** Ids that are not there yet are selected as soon as they are. */
  setSelection(ids: readonly number[]): void {
    this.#editor.setSelection(ids);
  }

  /** Lights a shape up, e.g. while the pointer is on its chip. */
  setHovered(id: number | null): void {
    if (this.#editor.scene.setHovered(id)) this.#renderer.redraw('overlay');
  }

  setTool(id: ToolId): void {
    this.#editor.setTool(id);
  }

  /** Active label, brush, snapping. */
  setSettings(settings: Partial<ToolSettings>): void {
    this.#editor.setSettings(settings);
  }

  setTheme(theme: CanvasTheme): void {
    this.#renderer.setTheme(theme);
  }

  setTags(mode: TagMode): void {
    this.#renderer.setTagMode(mode);
  }

  /** @param opacity 0 … 1 */
  setMaskOpacity(opacity: number): void {
    this.#renderer.setMaskOpacity(opacity);
  }

  /** The image pixel under a place of the window (CSS pixels). */
  imagePoint(client: Point): Point {
    const { left, top } = this.#container.getBoundingClientRect();
    return this.#editor.viewport.toImage({ x: client.x - left, y: client.y - top });
  }

  /** The shape that a click at a place of the window would mean. @returns its id */
  shapeAt(client: Point): number | null {
    const { scene, viewport } = this.#editor;
    return scene.pick(this.imagePoint(client), menuReach * viewport.pixel)?.id ?? null;
  }

  fit(): void {
    this.#editor.viewport.fit();
  }

  /** One image pixel on one device pixel. */
  zoomToActualSize(): void {
    this.#editor.viewport.zoomTo(1 / (window.devicePixelRatio || 1));
  }

  zoomBy(factor: number): void {
    this.#editor.viewport.zoomBy(factor);
  }

  /** Brings shapes into the middle, with some of what is around them. */
  zoomTo(ids: readonly number[]): void {
    const shapes = ids.flatMap((id) => this.#editor.scene.shape(id) ?? []);
    if (shapes.length === 0) return;
    const bounds = union(shapes.map(({ geometry }) => boundsOf(geometry)));
    const around = Math.max(16, Math.max(bounds.width, bounds.height) * 0.25);
    this.#editor.viewport.zoomToRect(inflated(bounds, around));
  }

  /** Scrolls as little as needed to show shapes. */
  reveal(ids: readonly number[]): void {
    const shapes = ids.flatMap((id) => this.#editor.scene.shape(id) ?? []);
    if (shapes.length === 0) return;
    this.#editor.viewport.reveal(union(shapes.map(({ geometry }) => boundsOf(geometry))));
  }

  /** Moves what is selected, in image pixels; steps in quick succession are one change. */
  nudge(dx: number, dy: number): boolean {
    const moved = this.#editor.nudge(dx, dy);
    if (moved) this.#input.awaitNudges();
    return moved;
  }

  /** Selects the next or the previous shape. */
  cycle(step: 1 | -1): boolean {
    return this.#editor.cycle(step);
  }

  removeSelection(): boolean {
    return this.#editor.removeSelection();
  }

  /** Escape: throws away what is begun. @returns whether there was something */
  cancel(): boolean {
    return this.#editor.cancel();
  }

  /** Undo of what is begun: its last step. @returns whether there was something */
  takeBack(): boolean {
    return this.#editor.takeBack();
  }

  /** Enter: ends what is begun. @returns whether there was something */
  commit(): boolean {
    return this.#editor.commit();
  }

  focus(): void {
    this.#container.focus({ preventScroll: true });
  }

  destroy(): void {
    this.#input.destroy();
    this.setScene(null);
    this.#stopWatching();
    this.#stopSharpening?.();
    this.#renderer.destroy();
    this.#announcer.destroy();
  }

  #pictureArrived(picture: PictureSource | null): void {
    this.#stopSharpening?.();
    this.#stopSharpening = picture?.sharpened(() => this.#renderer.redraw('picture'));
    this.#renderer.setPicture(picture);
  }

  #pictureFailed(error: unknown): void {
    const { key } = this.#editor.scene;
    if (key !== null) this.#host.pictureFailed?.(key, error);
  }

  #describe(label: string): void {
    const container = this.#container;
    container.tabIndex = 0;
    container.setAttribute('role', 'application');
    container.setAttribute('aria-label', label);
    container.setAttribute('aria-description', texts().keys);
    // Fingers draw and pinch here; the page must not scroll meanwhile.
    container.style.touchAction = 'none';
    container.style.overflow = 'hidden';
  }
}
