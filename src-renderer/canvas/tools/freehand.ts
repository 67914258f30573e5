import { clampedPoint } from '../geometry/move.ts';
import { distance } from '../geometry/plane.ts';
import { simplified } from '../geometry/simplify.ts';
import { slack } from './tool.ts';
import type { Point } from '../geometry/plane.ts';
import type { PointerInput, Tool, ToolContext } from './tool.ts';

/** Screen pixels that the stored line may lie away from the drawn one. */
const tolerance = 0.75;

/** An open line drawn in one stroke. */
export class FreehandTool implements Tool {
  readonly id = 'freehand';
  readonly cursor = 'crosshair';
  readonly yieldsToHandles = false;
  readonly #context: ToolContext;
  #points: Point[] = [];

  constructor(context: ToolContext) {
    this.#context = context;
  }

  get isBusy(): boolean {
    return this.#points.length > 0;
  }

  down(input: PointerInput): void {
    this.#points = [clampedPoint(input.at, this.#context.scene.size)];
  }

  drag(input: PointerInput): void {
    const least = this.#context.viewport.pixel * 0.5;
    for (const place of input.path) {
      const point = clampedPoint(place, this.#context.scene.size);
      const last = this.#points.at(-1);
      if (last === undefined || distance(last, point) >= least) this.#points.push(point);
    }
    this.#context.show({
      line: { points: this.#points, isClosed: false, closes: false, hasCorners: false },
    });
  }

  up(input: PointerInput): void {
    const points = simplified(this.#points, tolerance * this.#context.viewport.pixel);
    const first = points[0];
    const least = slack(this.#context, input);
    this.cancel();
    if (first === undefined || !points.some((point) => distance(first, point) > least)) return;
    this.#context.create({ kind: 'freehand', points: points.map(({ x, y }) => [x, y]) });
  }

  hover(): void {
    return;
  }

  key(): boolean {
    return false;
  }

  commit(): boolean {
    return false;
  }

  cancel(): void {
    this.#points = [];
    this.#context.show(null);
  }
}
