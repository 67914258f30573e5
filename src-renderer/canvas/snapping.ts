import { clampedPoint } from './geometry/move.ts';
import { snappedPoint, snappedRect, snapTargets } from './geometry/snap.ts';
import type { Point, Rect } from './geometry/plane.ts';
import type { Snapped, SnapTargets } from './geometry/snap.ts';
import type { Scene } from './scene.ts';
import type { PointerInput, ToolSettings } from './tools/tool.ts';
import type { Viewport } from './viewport.ts';

interface Remembered {
  readonly of: readonly unknown[];
  readonly targets: SnapTargets;
}

const nobody: ReadonlySet<number> = new Set();

/** Snaps to the picture's edges and to the shapes that are on the screen. */
export class Snapping {
  readonly #scene: Scene;
  readonly #viewport: Viewport;
  #remembered: Remembered | undefined;

  constructor(scene: Scene, viewport: Viewport) {
    this.#scene = scene;
    this.#viewport = viewport;
  }

  /** `point` inside the picture, and at what it snaps to unless Alt is held. */
  point(point: Point, input: PointerInput, settings: ToolSettings, except = nobody): Snapped {
    const inside = clampedPoint(point, this.#scene.size);
    if (input.alt || !settings.snaps) return { point: inside, guides: {} };
    const tolerance = settings.snapDistance * this.#viewport.pixel;
    const snapped = snappedPoint(inside, this.#targets(except), tolerance);
    return { ...snapped, point: clampedPoint(snapped.point, this.#scene.size) };
  }

  rect(rect: Rect, input: PointerInput, settings: ToolSettings, except = nobody): Snapped {
    if (input.alt || !settings.snaps) return { point: { x: 0, y: 0 }, guides: {} };
    const tolerance = settings.snapDistance * this.#viewport.pixel;
    return snappedRect(rect, this.#targets(except), tolerance);
  }

  #targets(except: ReadonlySet<number>): SnapTargets {
    const { shapes, size } = this.#scene;
    const of = [shapes, size, this.#viewport.offset, except];
    const remembered = this.#remembered;
    if (remembered?.of.every((part, i) => part === of[i]) === true) return remembered.targets;
    const near = (around: Rect) => this.#scene.geometriesWithin(around, except);
    const targets = snapTargets(size, near(this.#viewport.visible), near);
    this.#remembered = { of, targets };
    return targets;
  }
}
