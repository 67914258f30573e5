import { distance, middle, rectBetween, centerOf } from '../geometry/plane.ts';
import { normalAngle } from '../geometry/move.ts';
import { angleCaption, sizeCaption } from './caption.ts';
import { slack } from './tool.ts';
import type { GeometryOf } from '../../../src-main/ipc/contract/shapes.ts';
import type { Point } from '../geometry/plane.ts';
import type { PointerInput, Tool, ToolContext } from './tool.ts';

type RotatedBox = GeometryOf<'rotated-box'>;

/** The upright box between two corners. */
function uprightBox(from: Point, to: Point): RotatedBox {
  const rect = rectBetween(from, to);
  const { x: centerX, y: centerY } = centerOf(rect);
  const { width, height } = rect;
  return { kind: 'rotated-box', centerX, centerY, width, height, angleDegrees: 0 };
}

/** The box whose side runs from `a` to `b` and whose other side goes through `over`. */
export function boxOnSide(a: Point, b: Point, over: Point): RotatedBox {
  const width = distance(a, b);
  const along = { x: (b.x - a.x) / width, y: (b.y - a.y) / width };
  const across = { x: -along.y, y: along.x };
  const height = (over.x - a.x) * across.x + (over.y - a.y) * across.y;
  const onSide = middle(a, b);
  const degrees = (Math.atan2(along.y, along.x) * 180) / Math.PI;
  return {
    kind: 'rotated-box',
    centerX: onSide.x + (across.x * height) / 2,
    centerY: onSide.y + (across.y * height) / 2,
    width,
    height: Math.abs(height),
    angleDegrees: normalAngle(degrees),
  };
}

/**
 * Drag an upright box and turn it by its handle afterwards; or three clicks: both ends of a side, then
 * how far the box reaches.
 */
export class RotatedBoxTool implements Tool {
  readonly id = 'rotated-box';
  readonly cursor = 'crosshair';
  readonly yieldsToHandles = true;
  readonly #context: ToolContext;
  /** Ends of the side that are fixed. */
  #side: Point[] = [];
  #pressedAt: Point | null = null;
  #box: RotatedBox | null = null;

  constructor(context: ToolContext) {
    this.#context = context;
  }

  get isBusy(): boolean {
    return this.#pressedAt !== null || this.#side.length > 0;
  }

  down(input: PointerInput): void {
    this.#pressedAt = this.#context.snapped(input.at, input).point;
    if (this.#side.length === 2) this.hover(input);
    else this.#box = null;
  }

  drag(input: PointerInput): void {
    const from = this.#pressedAt;
    if (from === null || this.#side.length > 0) return this.hover(input);
    const { point, guides } = this.#context.snapped(input.at, input);
    const isDrag = distance(from, point) > slack(this.#context, input);
    this.#box = isDrag ? uprightBox(from, point) : null;
    this.#show(input, { guides });
  }

  up(input: PointerInput): void {
    const box = this.#box;
    if (box !== null && box.width > 0 && box.height > 0) {
      this.cancel();
      return this.#context.create(box);
    }
    this.#pressedAt = null;
    this.#box = null;
    const { point } = this.#context.snapped(input.at, input);
    const first = this.#side[0];
    if (this.#side.length < 2 && (first === undefined || distance(first, point) > 0)) {
      this.#side.push(point);
      this.hover(input);
    }
  }

  hover(input: PointerInput): void {
    const { point, guides } = this.#context.snapped(input.at, input);
    const [a, b] = this.#side;
    if (a === undefined) return this.#context.show({ guides });
    if (b === undefined) {
      const line = { points: [a, point], isClosed: false, closes: false, hasCorners: true };
      return this.#context.show({ line, guides });
    }
    this.#box = boxOnSide(a, b, input.at);
    this.#show(input, {});
  }

  key(): boolean {
    return false;
  }

  commit(): boolean {
    const box = this.#box;
    if (box === null || box.height === 0) return false;
    this.cancel();
    this.#context.create(box);
    return true;
  }

  cancel(): void {
    this.#side = [];
    this.#pressedAt = null;
    this.#box = null;
    this.#context.show(null);
  }

  #show(input: PointerInput, more: { guides?: object }): void {
    const box = this.#box;
    if (box === null) return this.#context.show(more);
    const { activeLabelId: labelId } = this.#context.settings;
    const angle = box.angleDegrees === 0 ? '' : `  ${angleCaption(box.angleDegrees)}`;
    const caption = { at: input.at, text: sizeCaption(box) + angle };
    this.#context.show({ ...more, ghosts: [{ geometry: box, labelId }], caption });
  }
}
