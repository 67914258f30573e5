import type { Geometry, Shape } from '../../src-main/ipc/contract/shapes.ts';
import type { Edit } from './host.ts';

interface Write {
  readonly edits: readonly Edit[];
  readonly ghosts: readonly Ghost[];
  /** Given up at the next shapes, since nobody will say when it is done. */
  readonly isUntracked: boolean;
}

/** A geometry whose shape the host has not made yet. */
export interface Ghost {
  readonly geometry: Geometry;
  readonly labelId: number | null;
}

/**
 * What was handed to the host and is not in its shapes yet. Shown meanwhile, so that a shape does not
 * jump back to its old place between the end of a gesture and the answer.
 */
export class PendingWrites {
  readonly #changed: () => void;
  readonly #writes = new Set<Write>();

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get ghosts(): readonly Ghost[] {
    return [...this.#writes].flatMap(({ ghosts }) => ghosts);
  }

  /** @param done what the host returned for this write */
  add(edits: readonly Edit[], ghosts: readonly Ghost[], done: void | Promise<unknown>): void {
    const write = { edits, ghosts, isUntracked: !(done instanceof Promise) };
    this.#writes.add(write);
    if (done instanceof Promise) {
      const forget = (): void => {
        if (this.#writes.delete(write)) this.#changed();
      };
      done.then(forget, forget);
    }
    this.#changed();
  }

  /** The host's shapes came: writes that it does not track are taken to be in them. */
  shapesCame(): void {
    for (const write of this.#writes) if (write.isUntracked) this.#writes.delete(write);
  }

  clear(): void {
    this.#writes.clear();
  }

  /** `shapes` as they will be. */
  applied(shapes: readonly Shape[]): readonly Shape[] {
    if (this.#writes.size === 0) return shapes;
    const edits = new Map<number, Geometry>();
    for (const write of this.#writes) {
      for (const { id, geometry } of write.edits) edits.set(id, geometry);
    }
    if (edits.size === 0) return shapes;
    return shapes.map((shape) => {
      const geometry = edits.get(shape.id);
      return geometry === undefined ? shape : { ...shape, geometry };
    });
  }
}
