import { distance, rectBetween } from '../geometry/plane.ts';
import { sizeCaption } from './caption.ts';
import { slack } from './tool.ts';
import type { Geometry } from '../../../src-main/ipc/contract/shapes.ts';
import type { Point, Size } from '../geometry/plane.ts';
import type { PointerInput, Tool, ToolContext } from './tool.ts';

/** `to` moved so that the box is a square and stays in the picture. */
export function squareCorner(from: Point, to: Point, picture: Size): Point {
  const signX = to.x < from.x ? -1 : 1;
  const signY = to.y < from.y ? -1 : 1;
  const side = Math.min(
    Math.max(Math.abs(to.x - from.x), Math.abs(to.y - from.y)),
    signX < 0 ? from.x : picture.width - from.x,
    signY < 0 ? from.y : picture.height - from.y,
  );
  return { x: from.x + signX * side, y: from.y + signY * side };
}

/** Drag from corner to corner; Shift makes a square. */
export class BoxTool implements Tool {
  readonly id = 'box';
  readonly cursor = 'crosshair';
  readonly yieldsToHandles = true;
  readonly #context: ToolContext;
  #from: Point | null = null;
  #box: Geometry | null = null;

  constructor(context: ToolContext) {
    this.#context = context;
  }

  get isBusy(): boolean {
    return this.#from !== null;
  }

  down(input: PointerInput): void {
    this.#from = this.#context.snapped(input.at, input).point;
  }

  drag(input: PointerInput): void {
    const from = this.#from;
    if (from === null) return;
    const { point, guides } = this.#context.snapped(input.at, input);
    const to = input.shift ? squareCorner(from, point, this.#context.scene.size) : point;
    const rect = rectBetween(from, to);
    const isDrag = distance(from, to) > slack(this.#context, input);
    this.#box = isDrag && rect.width > 0 && rect.height > 0 ? { kind: 'box', ...rect } : null;
    if (this.#box === null) return this.#context.show({ guides });
    const { activeLabelId: labelId } = this.#context.settings;
    const ghosts = [{ geometry: this.#box, labelId }];
    this.#context.show({ ghosts, guides, caption: { at: input.at, text: sizeCaption(rect) } });
  }

  up(): void {
    const box = this.#box;
    this.cancel();
    if (box !== null) this.#context.create(box);
  }

  hover(input: PointerInput): void {
    this.#context.show({ guides: this.#context.snapped(input.at, input).guides });
  }

  key(): boolean {
    return false;
  }

  commit(): boolean {
    return false;
  }

  cancel(): void {
    this.#from = null;
    this.#box = null;
    this.#context.show(null);
  }
}
