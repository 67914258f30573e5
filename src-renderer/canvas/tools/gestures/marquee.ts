import { rectBetween } from '../../geometry/plane.ts';
import type { Point } from '../../geometry/plane.ts';
import type { PointerInput, ToolContext } from '../tool.ts';
import type { Gesture } from './gesture.ts';

/** Selects what a rectangle touches; with Shift in addition to what was selected. */
export class MarqueeGesture implements Gesture {
  readonly #context: ToolContext;
  readonly #from: Point;

  constructor(context: ToolContext, from: Point) {
    this.#context = context;
    this.#from = from;
  }

  move(input: PointerInput): void {
    this.#context.show({ marquee: rectBetween(this.#from, input.at) });
  }

  end(input: PointerInput): void {
    const touched = this.#context.scene.touching(rectBetween(this.#from, input.at));
    const before = input.shift ? this.#context.scene.selection : [];
    this.#context.select(new Set([...before, ...touched.map(({ id }) => id)]));
  }
}
