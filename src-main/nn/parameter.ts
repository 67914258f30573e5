import { LensmithError } from '../base/errors.ts';
import type { DType } from '../tensor/dtype.ts';
import { cast } from '../tensor/ops/index.ts';
import type { Shape, Tensor } from '../tensor/tensor.ts';

/** A weight of a model under its name in a checkpoint. */
export class Parameter {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType;
  #value: Tensor | null;
  #mapped: boolean;

  /** @param value null in a model that is only looked at (sizes, names), never run */
  constructor(name: string, shape: Shape, dtype: DType, value: Tensor | null, mapped = false) {
    this.name = name;
    this.shape = shape;
    this.dtype = dtype;
    this.#value = value;
    this.#mapped = mapped;
  }

  get value(): Tensor {
    if (this.#value !== null) return this.#value;
    throw new LensmithError('nn/no-weights', `${this.name} has no values: only sizes were loaded.`);
  }

  get numel(): number {
    return this.shape.reduce((count, size) => count * size, 1);
  }

  get trainable(): boolean {
    return this.#value?.requiresGrad ?? false;
  }

  /** A weight that trains gets memory of its own: that of a mapped file cannot be written. */
  set trainable(wanted: boolean) {
    if (wanted && this.#mapped) this.replace(cast(this.value, this.dtype).keep());
    this.value.requiresGrad = wanted;
  }

  /** Takes another value of the same shape and dtype; the old one is disposed. */
  replace(value: Tensor): void {
    value.requiresGrad = this.trainable;
    this.#value?.dispose();
    this.#value = value;
    this.#mapped = false;
  }

  dispose(): void {
    this.#value?.dispose();
    this.#value = null;
  }
}
