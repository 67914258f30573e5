import { tidied } from './geometry/tidy.ts';
import { PendingWrites } from './pending-writes.ts';
import type { Geometry } from '../../src-main/ipc/contract/shapes.ts';
import type { CanvasHost, Edit, Refusal, SceneKey, SegmentPrompt } from './host.ts';
import type { Scene } from './scene.ts';

function isSame(a: Geometry, b: Geometry): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** What gestures ask of the host, each with the key of the scene that it happened in. */
export class Intents {
  readonly pending: PendingWrites;
  readonly #host: CanvasHost;
  readonly #scene: Scene;

  constructor(host: CanvasHost, scene: Scene, changed: () => void) {
    this.#host = host;
    this.#scene = scene;
    this.pending = new PendingWrites(changed);
  }

  create(geometry: Geometry, labelId: number | null): void {
    this.#withKey((key) => {
      const tidy = tidied(geometry);
      this.pending.add([], [{ geometry: tidy, labelId }], this.#host.create(key, tidy));
    });
  }

  /** Edits that change nothing are left out; without any there is no step of undo. */
  change(edits: readonly Edit[]): void {
    const tidy = edits
      .map(({ id, geometry }) => ({ id, geometry: tidied(geometry) }))
      .filter(({ id, geometry }) => {
        const shape = this.#scene.shape(id);
        return shape !== undefined && !isSame(shape.geometry, geometry);
      });
    if (tidy.length === 0) return;
    this.#withKey((key) => this.pending.add(tidy, [], this.#host.change(key, tidy)));
  }

  duplicate(copies: readonly Edit[]): void {
    if (copies.length === 0) return;
    const tidy = copies.map(({ id, geometry }) => ({ id, geometry: tidied(geometry) }));
    const ghosts = tidy.map(({ id, geometry }) => ({
      geometry,
      labelId: this.#scene.shape(id)?.labelId ?? null,
    }));
    this.#withKey((key) => this.pending.add([], ghosts, this.#host.duplicate(key, tidy)));
  }

  remove(ids: readonly number[]): void {
    if (ids.length > 0) this.#withKey((key) => this.#host.remove(key, ids));
  }

  select(ids: readonly number[]): void {
    this.#withKey((key) => this.#host.select(key, ids));
  }

  hover(id: number | null): void {
    this.#withKey((key) => this.#host.hover?.(key, id));
  }

  preview(edits: readonly Edit[]): void {
    this.#withKey((key) => this.#host.preview?.(key, edits));
  }

  refuse(why: Refusal): void {
    this.#withKey((key) => this.#host.refused?.(key, why));
  }

  prompt(prompts: readonly SegmentPrompt[]): void {
    this.#withKey((key) => this.#host.prompted?.(key, prompts));
  }

  endPrompts(isTaken: boolean): void {
    this.#withKey((key) => this.#host.promptsEnded?.(key, isTaken));
  }

  brushResized(radius: number): void {
    this.#host.brushResized?.(radius);
  }

  /** Tools are cancelled before a scene is replaced, so the scene's key is the gesture's. */
  #withKey(call: (key: SceneKey) => void): void {
    if (this.#scene.key !== null) call(this.#scene.key);
  }
}
