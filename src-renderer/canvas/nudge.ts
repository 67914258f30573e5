import { clampedShift, translated } from './geometry/move.ts';
import { boundsOf } from './geometry/outline.ts';
import { add, union } from './geometry/plane.ts';
import type { Point } from './geometry/plane.ts';
import type { Edit } from './host.ts';
import type { Scene } from './scene.ts';

/** Steps of what is selected that are not written yet, so that steps in a row are one change. */
export class Nudge {
  readonly #scene: Scene;
  #shift: Point | null = null;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  get isPending(): boolean {
    return this.#shift !== null;
  }

  /** One more step, which ends at the edge of the picture. @returns where the shapes are now */
  step(by: Point): Edit[] {
    const bounds = this.#scene.editableSelection().map(({ geometry }) => boundsOf(geometry));
    const wanted = add(this.#shift ?? { x: 0, y: 0 }, by);
    this.#shift = clampedShift(union(bounds), wanted, this.#scene.size);
    return this.#edits(this.#shift);
  }

  /** @returns what is to be written, and nothing is pending any more */
  take(): Edit[] {
    const shift = this.#shift;
    this.#shift = null;
    return shift === null ? [] : this.#edits(shift);
  }

  #edits(shift: Point): Edit[] {
    return this.#scene
      .editableSelection()
      .map(({ id, geometry }) => ({ id, geometry: translated(geometry, shift) }));
  }
}
