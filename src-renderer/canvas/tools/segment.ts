import { distance, rectBetween } from '../geometry/plane.ts';
import { slack } from './tool.ts';
import type { SegmentPrompt } from '../host.ts';
import type { Point } from '../geometry/plane.ts';
import type { KeyInput, PointerInput, Tool, ToolContext } from './tool.ts';

/**
 * Points at what an assisting model is to outline: a click on it, Alt-click on what is not of it, a drag
 * for a box around it. Each is told to the host together with those before; Backspace takes the last
 * one back, Enter takes the outline, Escape leaves it.
 */
export class SegmentTool implements Tool {
  readonly id = 'segment';
  readonly cursor = 'crosshair';
  readonly yieldsToHandles = false;
  readonly #context: ToolContext;
  #prompts: readonly SegmentPrompt[] = [];
  #press: PointerInput | null = null;

  constructor(context: ToolContext) {
    this.#context = context;
  }

  get isBusy(): boolean {
    return this.#prompts.length > 0 || this.#press !== null;
  }

  down(input: PointerInput): void {
    this.#press = input;
  }

  drag(input: PointerInput): void {
    this.#show(this.#isDrag(input) ? input.at : null);
  }

  up(input: PointerInput): void {
    const press = this.#press;
    if (press === null) return;
    const { x, y } = press.at;
    if (this.#isDrag(input)) {
      const box = { kind: 'box' as const, ...rectBetween(press.at, input.at) };
      // A model takes one box; points refine it.
      this.#ask([...this.#prompts.filter(({ kind }) => kind === 'point'), box]);
    } else {
      this.#ask([...this.#prompts, { kind: 'point', x, y, isInside: !input.alt }]);
    }
  }

  hover(): void {
    return;
  }

  key({ key }: KeyInput): boolean {
    if (key !== 'backspace' || this.#prompts.length === 0) return false;
    this.#ask(this.#prompts.slice(0, -1));
    return true;
  }

  commit(): boolean {
    return this.#end(true);
  }

  cancel(): void {
    this.#end(false);
  }

  #ask(prompts: readonly SegmentPrompt[]): void {
    this.#press = null;
    this.#prompts = prompts;
    this.#show(null);
    this.#context.prompt(prompts);
  }

  #end(isTaken: boolean): boolean {
    const hadAny = this.#prompts.length > 0;
    this.#press = null;
    this.#prompts = [];
    this.#context.show(null);
    if (hadAny) this.#context.endPrompts(isTaken);
    return hadAny;
  }

  #isDrag(input: PointerInput): boolean {
    const press = this.#press;
    return press !== null && distance(press.at, input.at) > slack(this.#context, input);
  }

  #show(corner: Point | null): void {
    const press = this.#press;
    const box = this.#prompts.find((prompt) => prompt.kind === 'box');
    const marquee = press !== null && corner !== null ? rectBetween(press.at, corner) : box;
    const joints = this.#prompts.flatMap((prompt) =>
      prompt.kind === 'point' ? [{ ...prompt, visibility: prompt.isInside ? 2 : 1 }] : [],
    );
    this.#context.show({ skeleton: { joints, bones: [] }, ...(marquee && { marquee }) });
  }
}
