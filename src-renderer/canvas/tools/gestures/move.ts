import { clampedShift, translated } from '../../geometry/move.ts';
import { add, subtract, union } from '../../geometry/plane.ts';
import { boundsOf } from '../../geometry/outline.ts';
import type { Shape } from '../../../../src-main/ipc/contract/shapes.ts';
import type { Point, Rect } from '../../geometry/plane.ts';
import type { Edit } from '../../host.ts';
import type { PointerInput, ToolContext } from '../tool.ts';
import type { Gesture } from './gesture.ts';

/** Drags the selected shapes together; with Alt at the start it drags copies of them. */
export class MoveGesture implements Gesture {
  readonly #context: ToolContext;
  readonly #shapes: readonly Shape[];
  readonly #from: Point;
  readonly #isCopy: boolean;
  readonly #bounds: Rect;
  readonly #ids: ReadonlySet<number>;
  #edits: readonly Edit[] = [];

  constructor(context: ToolContext, shapes: readonly Shape[], from: Point, isCopy: boolean) {
    this.#context = context;
    this.#shapes = shapes;
    this.#from = from;
    this.#isCopy = isCopy;
    this.#bounds = union(shapes.map(({ geometry }) => boundsOf(geometry)));
    this.#ids = new Set(isCopy ? [] : shapes.map(({ id }) => id));
  }

  move(input: PointerInput): void {
    let shift = subtract(input.at, this.#from);
    // Along one axis: the one that the pointer went further on.
    if (input.shift) {
      const isLevel = Math.abs(shift.x) > Math.abs(shift.y);
      shift = isLevel ? { x: shift.x, y: 0 } : { x: 0, y: shift.y };
    }
    const moved = { ...this.#bounds, ...add(this.#bounds, shift) };
    const { point: snap, guides } = this.#context.snappedRect(moved, input, this.#ids);
    shift = clampedShift(this.#bounds, add(shift, snap), this.#context.scene.size);
    if (this.#shapes.some(({ geometry }) => geometry.kind === 'mask')) {
      shift = { x: Math.round(shift.x), y: Math.round(shift.y) };
    }
    this.#edits = this.#shapes.map(({ id, geometry }) => ({
      id,
      geometry: translated(geometry, shift),
    }));
    const copies = this.#edits.map(({ geometry }, i) => ({
      geometry,
      labelId: this.#shapes[i]?.labelId ?? null,
    }));
    this.#context.show(this.#isCopy ? { ghosts: copies, guides } : { edits: this.#edits, guides });
  }

  end(): void {
    if (this.#isCopy) this.#context.duplicate(this.#edits);
    else this.#context.change(this.#edits);
  }
}
