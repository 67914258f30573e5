import type { PointerInput } from '../tool.ts';

/** One drag of the select tool. It ends by `end`, which writes, or by `cancel`, which does not. */
export interface Gesture {
  move(input: PointerInput): void;
  end(input: PointerInput): void;
}
