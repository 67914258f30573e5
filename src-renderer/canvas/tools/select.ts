import { cursorOf, handleAt, handlesOf } from '../geometry/handles.ts';
import { distance } from '../geometry/plane.ts';
import { withNextVisibility, withoutVertex } from '../geometry/vertices.ts';
import { HandleGesture } from './gestures/handle.ts';
import { MarqueeGesture } from './gestures/marquee.ts';
import { MoveGesture } from './gestures/move.ts';
import { reach, slack } from './tool.ts';
import type { Shape } from '../../../src-main/ipc/contract/shapes.ts';
import type { Handle } from '../geometry/handles.ts';
import type { Gesture } from './gestures/gesture.ts';
import type { KeyInput, PointerInput, Tool, ToolContext } from './tool.ts';

interface Press {
  readonly input: PointerInput;
  readonly handle: Handle | null;
  /** The shape that a click means. */
  readonly shape: Shape | null;
}

/**
 * Click selects, Shift-click adds or removes, a drag moves (with Alt: copies of) what is selected, or
 * draws a marquee where nothing is. Of a single selected shape the handles are live: Alt-click on a
 * corner or Delete after a click on it removes it; H changes the visibility of a joint.
 */
export class SelectTool implements Tool {
  readonly id = 'select';
  readonly cursor = 'default';
  readonly yieldsToHandles = false;
  readonly #context: ToolContext;
  #press: Press | null = null;
  #gesture: Gesture | null = null;
  /** The corner or joint that was clicked last, of which shape. */
  #corner: { readonly shapeId: number; readonly index: number } | null = null;

  constructor(context: ToolContext) {
    this.#context = context;
  }

  get isBusy(): boolean {
    return this.#press !== null;
  }

  /** The corner that Delete and H mean, if its shape is the one that is selected. */
  get corner(): number | null {
    const shape = this.#single();
    return shape !== null && shape.id === this.#corner?.shapeId ? this.#corner.index : null;
  }

  /** The handle of the selected shape that a press here would take. */
  handleUnder(input: PointerInput): Handle | null {
    const shape = this.#single();
    if (shape === null) return null;
    const { pixel, visible } = this.#context.viewport;
    const handles = handlesOf(shape.geometry, pixel, visible);
    return handleAt(handles, input.at, reach(this.#context, input) * 1.2);
  }

  down(input: PointerInput): void {
    const handle = this.handleUnder(input);
    const shape = handle === null ? this.#pick(input) : null;
    this.#press = { input, handle, shape };
    if (handle?.kind !== 'vertex') this.#corner = null;
  }

  drag(input: PointerInput): void {
    const press = this.#press;
    if (press === null) return;
    if (this.#gesture === null) {
      const isDrag = distance(press.input.at, input.at) > slack(this.#context, input);
      if (!isDrag) return;
      this.#gesture = this.#begin(press);
    }
    this.#gesture.move(input);
  }

  up(input: PointerInput): void {
    const press = this.#press;
    const gesture = this.#gesture;
    this.cancel();
    if (gesture !== null) gesture.end(input);
    else if (press !== null) this.#click(press);
    this.hover(input);
  }

  hover(input: PointerInput): void {
    const handle = this.handleUnder(input);
    const shape = handle === null ? this.#pick(input) : null;
    this.#context.hover(shape?.id ?? null);
    if (handle !== null) this.#context.setCursor(cursorOf(handle));
    else this.#context.setCursor(shape === null || shape.isLocked ? this.cursor : 'move');
  }

  key({ key }: KeyInput): boolean {
    const shape = this.#single();
    const index = this.corner;
    if (shape === null || index === null) return false;
    if (key === 'h' && shape.geometry.kind === 'skeleton') {
      const geometry = withNextVisibility(shape.geometry, index);
      this.#context.change([{ id: shape.id, geometry }]);
      return true;
    }
    if (key !== 'delete' && key !== 'backspace') return false;
    return this.#removeCorner(shape, index);
  }

  commit(): boolean {
    return false;
  }

  cancel(): void {
    this.#press = null;
    this.#gesture = null;
    this.#context.show(null);
  }

  #begin({ input, handle, shape }: Press): Gesture {
    const { scene } = this.#context;
    const single = this.#single();
    if (handle !== null && single !== null) {
      return new HandleGesture(this.#context, single, handle, input.at);
    }
    // A drag on what is selected moves it, even where a click would select something smaller.
    const tolerance = reach(this.#context, input);
    const holdsSelection = scene
      .editableSelection()
      .some((selected) => scene.isHit(selected, input.at, tolerance));
    if (!holdsSelection) {
      if (shape === null || shape.isLocked) return new MarqueeGesture(this.#context, input.at);
      this.#context.select(input.shift ? [...scene.selection, shape.id] : [shape.id]);
    }
    return new MoveGesture(this.#context, scene.editableSelection(), input.at, input.alt);
  }

  #click({ input, handle, shape }: Press): void {
    const single = this.#single();
    if (handle !== null && single !== null) {
      if (handle.kind !== 'vertex') return;
      if (input.alt) this.#removeCorner(single, handle.index);
      else this.#corner = { shapeId: single.id, index: handle.index };
      return this.#context.show(null);
    }
    const { selection } = this.#context.scene;
    if (shape === null) {
      if (!input.shift) this.#context.select([]);
    } else if (!input.shift) {
      this.#context.select([shape.id]);
    } else if (selection.has(shape.id)) {
      this.#context.select([...selection].filter((id) => id !== shape.id));
    } else {
      this.#context.select([...selection, shape.id]);
    }
  }

  #removeCorner(shape: Shape, index: number): boolean {
    this.#corner = null;
    const geometry = withoutVertex(shape.geometry, index);
    if (geometry === null) return false;
    this.#context.change([{ id: shape.id, geometry }]);
    return true;
  }

  /** The one selected shape, if it may be changed. */
  #single(): Shape | null {
    const { scene } = this.#context;
    if (scene.selection.size !== 1) return null;
    return scene.editableSelection()[0] ?? null;
  }

  #pick(input: PointerInput): Shape | null {
    return this.#context.scene.pick(input.at, reach(this.#context, input));
  }
}
