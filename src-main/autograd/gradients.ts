import { add, addInPlace, contiguous } from '../tensor/ops/index.ts';
import { valueDType } from '../tensor/dtype.ts';
import { scoped } from '../tensor/scope.ts';
import type { Tensor } from '../tensor/tensor.ts';

interface Entry {
  readonly sum: Tensor;
  /** False while the tensor may be memory that others see: it must not be written. */
  readonly writable: boolean;
}

/**
 * Gradients filed under the id of the value they belong to; owns what it holds. A sum has the dtype of
 * the first that came, which is the value's.
 */
export class Gradients implements Disposable {
  readonly #entries = new Map<number, Entry>();

  /** Adds to what is there. The caller keeps its own handle. */
  accumulate(id: number, grad: Tensor): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) {
      // In order here, once: optimisers and hosts read leaves, and rules fold axes.
      const sum = scoped(() => contiguous(grad).alias());
      this.#entries.set(id, { sum, writable: false });
    } else if (entry.writable) {
      scoped(() => {
        addInPlace(entry.sum, contiguous(grad));
      });
    } else {
      const dtype = valueDType(entry.sum.dtype);
      const sum = scoped(() => add(entry.sum, contiguous(grad), 1, dtype)).keep();
      entry.sum.dispose();
      this.#entries.set(id, { sum, writable: true });
    }
  }

  /** Removes and returns a gradient, which the caller then owns; null when there is none. */
  take(id: number): Tensor | null {
    const entry = this.#entries.get(id);
    this.#entries.delete(id);
    return entry?.sum ?? null;
  }

  /** Ids of what is held. After a backward pass these are the leaves. */
  ids(): number[] {
    return [...this.#entries.keys()];
  }

  [Symbol.dispose](): void {
    for (const entry of this.#entries.values()) entry.sum.dispose();
    this.#entries.clear();
  }
}
