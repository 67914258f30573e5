import type { Geometry } from '../../src-main/ipc/contract/shapes.ts';

/** Names the picture that a scene belongs to, e.g. the id of an item. */
export type SceneKey = string | number;

export interface Edit {
  readonly id: number;
  readonly geometry: Geometry;
}

/** What a person points at for an assisting model to outline; image pixels. */
export type SegmentPrompt =
  /** `isInside` false: not of it. */
  | {
      readonly kind: 'point';
      readonly x: number;
      readonly y: number;
      readonly isInside: boolean;
    }
  | {
      readonly kind: 'box';
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
    };

/** Why a gesture did nothing. */
export type Refusal =
  /** The skeleton tool, and the active label has no skeleton. */
  | 'no-skeleton'
  /** Every shape that it would change is locked. */
  | 'locked'
  /** The eraser, and there is no mask under it. */
  | 'no-mask';

/**
 * What the canvas asks of the screen. A call comes when a gesture has ended, so one call is one step
 * of undo; `key` is the scene in which the gesture began, and the write belongs to that picture.
 *
 * A call that writes may return a promise. Until it settles the canvas shows the new state, and
 * afterwards what `setScene` or `setShapes` said last: settle after the new shapes were set. On a
 * rejection the old state shows again; telling the person about it is the host's part.
 */
export interface CanvasHost {
  create(key: SceneKey, geometry: Geometry): void | Promise<unknown>;
  change(key: SceneKey, edits: readonly Edit[]): void | Promise<unknown>;
  /** Copies of shapes `id`, with all they have but the geometry. */
  duplicate(key: SceneKey, copies: readonly Edit[]): void | Promise<unknown>;
  remove(key: SceneKey, ids: readonly number[]): void;
  /** The canvas has selected these already. */
  select(key: SceneKey, ids: readonly number[]): void;
  hover?(key: SceneKey, id: number | null): void;
  /** Geometries while a gesture goes on, to be shown as numbers and never stored; [] when it ends. */
  preview?(key: SceneKey, edits: readonly Edit[]): void;
  refused?(key: SceneKey, why: Refusal): void;
  /** The picture could not be loaded. */
  pictureFailed?(key: SceneKey, error: unknown): void;
  /** All that was pointed at so far, one more or one fewer than before; [] after the last was taken back. */
  prompted?(key: SceneKey, prompts: readonly SegmentPrompt[]): void;
  /** The person takes the outline that they pointed at, or leaves it. */
  promptsEnded?(key: SceneKey, isTaken: boolean): void;
  zoomed?(scale: number): void;
  /** The canvas changed its brush, by key or wheel. */
  brushResized?(radius: number): void;
}
