import type { PointerInput, Tool, ToolContext } from './tool.ts';

/** A point where the pointer is let go. */
export class PointTool implements Tool {
  readonly id = 'point';
  readonly cursor = 'crosshair';
  readonly yieldsToHandles = false;
  readonly #context: ToolContext;
  #isDown = false;

  constructor(context: ToolContext) {
    this.#context = context;
  }

  get isBusy(): boolean {
    return this.#isDown;
  }

  down(input: PointerInput): void {
    this.#isDown = true;
    this.drag(input);
  }

  drag(input: PointerInput): void {
    const { point, guides } = this.#context.snapped(input.at, input);
    const { activeLabelId: labelId } = this.#context.settings;
    const ghosts = [{ geometry: { kind: 'point' as const, ...point }, labelId }];
    this.#context.show({ ghosts, guides });
  }

  up(input: PointerInput): void {
    if (!this.#isDown) return;
    const { point } = this.#context.snapped(input.at, input);
    this.cancel();
    this.#context.create({ kind: 'point', x: point.x, y: point.y });
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
    this.#isDown = false;
    this.#context.show(null);
  }
}
