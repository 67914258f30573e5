import { Editor } from '../../../src-renderer/canvas/editor.ts';
import type { Geometry, Label, Shape } from '../../../src-main/ipc/contract/shapes.ts';
import type { Layer } from '../../../src-renderer/canvas/editor.ts';
import type { Point } from '../../../src-renderer/canvas/geometry/plane.ts';
import type { CanvasHost, Edit, SceneKey } from '../../../src-renderer/canvas/host.ts';
import type { PointerInput, ToolId } from '../../../src-renderer/canvas/tools/tool.ts';

export const size = { width: 1000, height: 800 };

export function box(x: number, y: number, width: number, height: number): Geometry {
  return { kind: 'box', x, y, width, height };
}

export function shape(id: number, geometry: Geometry, more: Partial<Shape> = {}): Shape {
  return {
    id,
    itemId: 1,
    labelId: null,
    geometry,
    attributes: {},
    order: id,
    isLocked: false,
    isHidden: false,
    isDraft: false,
    source: 'person',
    text: '',
    ...more,
  };
}

export function label(id: number, more: Partial<Label> = {}): Label {
  const name = `label ${String(id)}`;
  return { id, name, color: 0, attributes: [], skeleton: null, position: id, ...more };
}

export type Call =
  | { name: 'create'; key: SceneKey; geometry: Geometry }
  | { name: 'change' | 'duplicate'; key: SceneKey; edits: readonly Edit[] }
  | { name: 'remove' | 'select'; key: SceneKey; ids: readonly number[] }
  | { name: 'refused'; key: SceneKey; why: string };

/** A host that remembers what it was asked, and answers when it is told to. */
export class RecordingHost implements CanvasHost {
  readonly calls: Call[] = [];
  answer: () => void | Promise<unknown> = () => undefined;

  /** Calls that write, without selections. */
  get writes(): Call[] {
    return this.calls.filter(({ name }) => name !== 'select' && name !== 'refused');
  }

  create(key: SceneKey, geometry: Geometry): void | Promise<unknown> {
    this.calls.push({ name: 'create', key, geometry });
    return this.answer();
  }

  change(key: SceneKey, edits: readonly Edit[]): void | Promise<unknown> {
    this.calls.push({ name: 'change', key, edits });
    return this.answer();
  }

  duplicate(key: SceneKey, edits: readonly Edit[]): void | Promise<unknown> {
    this.calls.push({ name: 'duplicate', key, edits });
    return this.answer();
  }

  remove(key: SceneKey, ids: readonly number[]): void {
    this.calls.push({ name: 'remove', key, ids });
  }

  select(key: SceneKey, ids: readonly number[]): void {
    this.calls.push({ name: 'select', key, ids });
  }

  refused(key: SceneKey, why: string): void {
    this.calls.push({ name: 'refused', key, why });
  }
}

type Modifiers = Partial<Pick<PointerInput, 'shift' | 'alt' | 'mod' | 'clicks' | 'device'>>;

/** An editor with a picture of 1,000 × 800 at scale 1, and a hand that moves its pointer. */
export class Bench {
  readonly host = new RecordingHost();
  readonly redrawn: Layer[] = [];
  readonly editor: Editor;

  constructor(shapes: readonly Shape[] = [], tool: ToolId = 'select') {
    this.editor = new Editor(this.host, {
      moved: () => undefined,
      redraw: (layer) => this.redrawn.push(layer),
      setCursor: () => undefined,
      selected: () => undefined,
    });
    this.editor.viewport.setScreen({ width: 1048, height: 848 }, 1);
    this.editor.setScene('first', size, shapes);
    this.editor.setTool(tool);
  }

  input(x: number, y: number, modifiers: Modifiers = {}): PointerInput {
    const at: Point = { x, y };
    const screen = this.editor.viewport.toScreen(at);
    const plain = { clicks: 1, device: 'mouse' as const, shift: false, alt: false, mod: false };
    return { at, screen, path: [at], ...plain, ...modifiers };
  }

  press(x: number, y: number, modifiers?: Modifiers): void {
    this.editor.pointerDown(this.input(x, y, modifiers));
  }

  move(x: number, y: number, modifiers?: Modifiers): void {
    this.editor.pointerMove(this.input(x, y, modifiers));
  }

  release(x: number, y: number, modifiers?: Modifiers): void {
    this.editor.pointerUp(this.input(x, y, modifiers));
  }

  click(x: number, y: number, modifiers?: Modifiers): void {
    this.move(x, y, modifiers);
    this.press(x, y, modifiers);
    this.release(x, y, modifiers);
  }

  drag(
    from: readonly [number, number],
    to: readonly [number, number],
    modifiers?: Modifiers,
  ): void {
    this.press(...from, modifiers);
    this.move((from[0] + to[0]) / 2, (from[1] + to[1]) / 2, modifiers);
    this.move(...to, modifiers);
    this.release(...to, modifiers);
  }
}
