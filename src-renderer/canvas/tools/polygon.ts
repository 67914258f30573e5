import { distance } from '../geometry/plane.ts';
import { reach } from './tool.ts';
import type { Point } from '../geometry/plane.ts';
import type { SnapGuides } from '../geometry/snap.ts';
import type { KeyInput, PointerInput, Tool, ToolContext } from './tool.ts';

/** `to` turned around `from` to the nearest multiple of 45 degrees. */
export function straightened(from: Point, to: Point): Point {
  const step = Math.PI / 4;
  const angle = Math.round(Math.atan2(to.y - from.y, to.x - from.x) / step) * step;
  const length = distance(from, to);
  return { x: from.x + Math.cos(angle) * length, y: from.y + Math.sin(angle) * length };
}

/**
 * A click a corner. Enter, a double click or a click on the first corner closes it; Backspace takes
 * the last corner back; Shift keeps sides to multiples of 45 degrees.
 */
export class PolygonTool implements Tool {
  readonly id = 'polygon';
  readonly cursor = 'crosshair';
  readonly #context: ToolContext;
  #corners: Point[] = [];
  #pointer: Point | null = null;

  constructor(context: ToolContext) {
    this.#context = context;
  }

  get isBusy(): boolean {
    return this.#corners.length > 0;
  }

  /** A corner may lie on a handle, but the first press of a polygon may as well mean the handle. */
  get yieldsToHandles(): boolean {
    return !this.isBusy;
  }

  down(input: PointerInput): void {
    if (input.clicks > 1 && this.#corners.length > 0) {
      this.commit();
      return;
    }
    if (this.#closesAt(input)) {
      this.commit();
      return;
    }
    this.#corners.push(this.#place(input).point);
    this.hover(input);
  }

  drag(input: PointerInput): void {
    this.hover(input);
  }

  up(): void {
    return;
  }

  hover(input: PointerInput): void {
    const { point, guides } = this.#place(input);
    this.#pointer = point;
    this.#show(guides, this.#closesAt(input));
  }

  key({ key }: KeyInput): boolean {
    if (key !== 'backspace' || this.#corners.length === 0) return false;
    this.#corners.pop();
    this.#show({}, false);
    return true;
  }

  commit(): boolean {
    if (this.#corners.length === 0) return false;
    const corners = this.#corners.filter((corner, i, all) => {
      const before = all[i - 1];
      return before === undefined || distance(before, corner) > 0;
    });
    this.cancel();
    if (corners.length < 3) return true;
    this.#context.create({ kind: 'polygon', points: corners.map(({ x, y }) => [x, y]) });
    return true;
  }

  cancel(): void {
    this.#corners = [];
    this.#context.show(null);
  }

  #place(input: PointerInput) {
    const last = this.#corners.at(-1);
    if (input.shift && last !== undefined) {
      const free = { ...input, alt: true };
      return this.#context.snapped(straightened(last, input.at), free);
    }
    return this.#context.snapped(input.at, input);
  }

  #closesAt(input: PointerInput): boolean {
    const first = this.#corners[0];
    if (first === undefined || this.#corners.length < 3) return false;
    return distance(first, input.at) <= reach(this.#context, input) * 1.4;
  }

  #show(guides: SnapGuides, closes: boolean): void {
    if (this.#corners.length === 0) return this.#context.show({ guides });
    const open = closes || this.#pointer === null ? [] : [this.#pointer];
    const points = [...this.#corners, ...open];
    this.#context.show({
      line: { points, isClosed: points.length > 2, closes, hasCorners: true },
      guides: closes ? {} : guides,
    });
  }
}
