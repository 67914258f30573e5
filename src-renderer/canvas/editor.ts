import { boundsOf } from './geometry/outline.ts';
import { Intents } from './intents.ts';
import { Nudge } from './nudge.ts';
import { Scene } from './scene.ts';
import { Snapping } from './snapping.ts';
import { makeTools } from './tools/index.ts';
import { Viewport } from './viewport.ts';
import type { Label, Shape } from '../../src-main/ipc/contract/shapes.ts';
import type { Size } from './geometry/plane.ts';
import type { CanvasHost, Edit, SceneKey } from './host.ts';
import type { Ghost } from './pending-writes.ts';
import type { Tools } from './tools/index.ts';
import type {
  KeyInput,
  PointerInput,
  Preview,
  Tool,
  ToolContext,
  ToolId,
  ToolSettings,
} from './tools/tool.ts';

/** What is drawn on a canvas of its own. */
export type Layer = 'picture' | 'shapes' | 'overlay';

export interface EditorView {
  /** The viewport moved over what is drawn. */
  moved(): void;
  redraw(layer: Layer): void;
  setCursor(cursor: string): void;
  /** A person selected something. */
  selected(): void;
}

export const defaultSettings: ToolSettings = {
  activeLabelId: null,
  brushRadius: 16,
  snaps: true,
  snapDistance: 6,
};

const noEdits: readonly Edit[] = [];

/**
 * The canvas without its pixels: scene, viewport, tools and what they ask of the host. It knows no DOM.
 *
 * A gesture belongs to the scene it began in. When that scene is replaced, the gesture is cancelled
 * first and what the pointer still does until its next press is ignored, so nothing that was begun on
 * one picture is ever written to another.
 */
export class Editor {
  readonly scene = new Scene();
  readonly viewport: Viewport;
  readonly tools: Tools;
  readonly intents: Intents;
  readonly #view: EditorView;
  readonly #context: ToolContext;
  #settings = defaultSettings;
  #tool: Tool;
  /** The tool that the press went to; null while the pointer is up. */
  #pressed: Tool | null = null;
  #preview: Preview | null = null;
  #replaced: ReadonlySet<number> = new Set();
  #hostShapes: readonly Shape[] = [];
  readonly #nudge: Nudge;

  constructor(host: CanvasHost, view: EditorView) {
    this.#view = view;
    this.viewport = new Viewport(() => {
      view.moved();
      host.zoomed?.(this.viewport.scale);
    });
    this.intents = new Intents(host, this.scene, () => this.#applyShapes());
    this.#nudge = new Nudge(this.scene);
    this.#context = this.#makeContext();
    this.tools = makeTools(this.#context);
    this.#tool = this.tools.select;
  }

  get preview(): Preview | null {
    return this.#preview;
  }

  /** Geometries whose shapes are about to come, and those that the tool is drawing. */
  get ghosts(): readonly Ghost[] {
    return [...this.intents.pending.ghosts, ...(this.#preview?.ghosts ?? [])];
  }

  /** Shapes that the preview shows in another form. */
  get replaced(): ReadonlySet<number> {
    return this.#replaced;
  }

  get toolId(): ToolId {
    return this.#tool.id;
  }

  get settings(): ToolSettings {
    return this.#settings;
  }

  /** Whether a gesture or a drawing has begun. */
  get isBusy(): boolean {
    return (this.#pressed ?? this.#tool).isBusy;
  }

  /** The same key again only brings new shapes, and a gesture goes on. */
  setScene(key: SceneKey | null, size: Size, shapes: readonly Shape[]): void {
    if (key !== this.scene.key) {
      this.settleNudge();
      this.#drop();
      this.intents.pending.clear();
      this.scene.open(key, size);
      this.viewport.setPicture(size);
    }
    this.#hostShapes = shapes;
    this.intents.pending.shapesCame();
    this.#applyShapes();
  }

  /** @returns false where `key` is not the scene's: shapes that came too late are dropped */
  setShapes(key: SceneKey, shapes: readonly Shape[]): boolean {
    if (key !== this.scene.key) return false;
    this.setScene(key, this.scene.size, shapes);
    return true;
  }

  setLabels(labels: readonly Label[]): void {
    this.scene.setLabels(labels);
    this.#redrawAll();
  }

  setSelection(ids: readonly number[]): void {
    this.settleNudge();
    this.scene.setSelection(ids);
    this.#view.redraw('overlay');
  }

  /** What is begun is finished where it can be: undo takes it back, nothing else would bring it back. */
  setTool(id: ToolId): void {
    if (id === this.#tool.id) return;
    if (!this.commit()) this.cancel();
    this.#tool = this.tools[id];
    this.#hover(null);
    this.#view.setCursor(this.#tool.cursor);
  }

  /** By a person's hand, so the host hears of it. @param factor of the radius */
  resizeBrush(factor: number): void {
    const { width, height } = this.scene.size;
    const largest = Math.max(1, Math.max(width, height) / 4);
    const wanted = this.#settings.brushRadius * factor;
    // Half pixels, and at least one step, so that a small brush does not stick.
    const rounded = factor > 1 ? Math.ceil(wanted * 2) / 2 : Math.floor(wanted * 2) / 2;
    const brushRadius = Math.min(largest, Math.max(0.5, rounded));
    this.setSettings({ brushRadius });
    const { brush } = this.#preview ?? {};
    if (brush !== undefined)
      this.show({ ...this.#preview, brush: { ...brush, radius: brushRadius } });
    this.intents.brushResized(brushRadius);
  }

  setSettings(settings: Partial<ToolSettings>): void {
    this.#settings = { ...this.#settings, ...settings };
    this.#view.redraw('overlay');
  }

  pointerDown(input: PointerInput): void {
    if (this.scene.key === null) return;
    this.settleNudge();
    this.#pressed = this.#toolFor(input);
    this.#pressed.down(input);
  }

  pointerMove(input: PointerInput): void {
    if (this.scene.key === null) return;
    if (this.#pressed !== null) return this.#pressed.drag(input);
    const tool = this.#toolFor(input);
    if (tool !== this.#tool) this.show(null);
    else this.#view.setCursor(tool.cursor);
    tool.hover(input);
  }

  pointerUp(input: PointerInput): void {
    const tool = this.#pressed;
    this.#pressed = null;
    tool?.up(input);
  }

  /** The pointer left the canvas. */
  pointerLeave(): void {
    if (this.isBusy) return;
    this.#hover(null);
    this.show(null);
  }

  /** @returns whether the key meant something to the tool */
  toolKey(input: KeyInput): boolean {
    return this.#tool.key(input);
  }

  /** @returns whether a gesture or a drawing was thrown away */
  cancel(): boolean {
    const wasBusy = this.isBusy || this.#nudge.isPending;
    this.#nudge.take();
    this.#drop();
    return wasBusy;
  }

  /** Undo while something is drawn: its last step, or all of it where it has no steps. */
  takeBack(): boolean {
    this.settleNudge();
    if (!this.isBusy) return false;
    const backspace = { key: 'backspace', shift: false, alt: false, mod: false };
    return this.#tool.key(backspace) || this.cancel();
  }

  commit(): boolean {
    this.settleNudge();
    return this.#tool.commit();
  }

  /** Moves what is selected; steps in a row are one change, written by `settleNudge`. */
  nudge(dx: number, dy: number): boolean {
    if (this.isBusy || this.scene.selection.size === 0) return false;
    if (this.scene.editableSelection().length === 0) {
      this.intents.refuse('locked');
      return false;
    }
    this.show({ edits: this.#nudge.step({ x: dx, y: dy }) });
    return true;
  }

  settleNudge(): void {
    if (!this.#nudge.isPending) return;
    const edits = this.#nudge.take();
    this.show(null);
    this.intents.change(edits);
  }

  removeSelection(): boolean {
    const shapes = this.scene.editableSelection();
    if (shapes.length > 0) this.intents.remove(shapes.map(({ id }) => id));
    else if (this.scene.selection.size > 0) this.intents.refuse('locked');
    return this.scene.selection.size > 0;
  }

  /** Selects by a person's hand: the host hears of it. */
  select(ids: Iterable<number>): void {
    this.setSelection([...ids]);
    this.intents.select([...this.scene.selection]);
    this.#view.selected();
  }

  /** The next or previous shape, brought into view. */
  cycle(step: 1 | -1): boolean {
    const shape = this.scene.neighbour(step);
    if (shape === null || this.isBusy) return false;
    this.select([shape.id]);
    this.viewport.reveal(boundsOf(shape.geometry));
    return true;
  }

  show(preview: Preview | null): void {
    const hadEdits = (this.#preview?.edits?.length ?? 0) > 0;
    this.#preview = preview;
    const paintedOn = preview?.paint?.replaces ?? null;
    const ids = [
      ...(preview?.edits ?? noEdits).map(({ id }) => id),
      ...(paintedOn === null ? [] : [paintedOn]),
    ];
    const isSame = ids.length === this.#replaced.size && ids.every((id) => this.#replaced.has(id));
    if (!isSame) {
      this.#replaced = new Set(ids);
      this.#view.redraw('shapes');
    }
    this.#view.redraw('overlay');
    if (hadEdits || preview?.edits !== undefined) this.intents.preview(preview?.edits ?? noEdits);
  }

  #makeContext(): ToolContext {
    const snapping = new Snapping(this.scene, this.viewport);
    const settings = (): ToolSettings => this.#settings;
    return {
      scene: this.scene,
      viewport: this.viewport,
      get settings() {
        return settings();
      },
      show: (preview) => this.show(preview),
      setCursor: (cursor) => this.#view.setCursor(cursor),
      select: (ids) => this.select(ids),
      hover: (id) => this.#hover(id),
      create: (geometry) => this.intents.create(geometry, this.#settings.activeLabelId),
      change: (edits) => this.intents.change(edits),
      duplicate: (copies) => this.intents.duplicate(copies),
      remove: (ids) => this.intents.remove(ids),
      refuse: (why) => this.intents.refuse(why),
      prompt: (prompts) => this.intents.prompt(prompts),
      endPrompts: (isTaken) => this.intents.endPrompts(isTaken),
      snapped: (point, input, except) => snapping.point(point, input, settings(), except),
      snappedRect: (rect, input, except) => snapping.rect(rect, input, settings(), except),
    };
  }

  /** The select tool where the pointer is on a handle and the tool allows it. */
  #toolFor(input: PointerInput): Tool {
    const { select } = this.tools;
    return this.#tool.yieldsToHandles && select.handleUnder(input) !== null ? select : this.#tool;
  }

  #drop(): void {
    const pressed = this.#pressed;
    this.#pressed = null;
    pressed?.cancel();
    if (pressed !== this.#tool) this.#tool.cancel();
  }

  #hover(id: number | null): void {
    if (!this.scene.setHovered(id)) return;
    this.intents.hover(id);
    this.#view.redraw('overlay');
  }

  #applyShapes(): void {
    this.scene.setShapes(this.intents.pending.applied(this.#hostShapes));
    // A shape that was removed meanwhile cannot be dragged on.
    const isGone = [...this.#replaced].some((id) => this.scene.shape(id) === undefined);
    if (isGone) this.cancel();
    this.#redrawAll();
  }

  #redrawAll(): void {
    this.#view.redraw('picture');
    this.#view.redraw('shapes');
    this.#view.redraw('overlay');
  }
}
