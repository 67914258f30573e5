import { LensmithError } from '../base/errors.ts';
import { dtypeSizeBytes } from '../tensor/dtype.ts';
import type { DType } from '../tensor/dtype.ts';
import { cast, dequantize, quantize } from '../tensor/ops/index.ts';
import { quantizedSizeBytes } from '../tensor/quantized.ts';
import type { QuantFormat, QuantizedMatrix } from '../tensor/quantized.ts';
import { scoped } from '../tensor/scope.ts';
import { rest } from '../tensor/tensor.ts';
import type { Shape, Tensor } from '../tensor/tensor.ts';

/** A weight of a model under its name in a checkpoint: a tensor, or a matrix of few bits. */
export class Parameter {
  readonly name: string;
  readonly shape: Shape;
  /** Of the values; of a quantised weight, what it was made from and is merged into. */
  readonly dtype: DType;
  #value: Tensor | null;
  #mapped: boolean;
  #quantization: QuantFormat | null = null;
  #matrix: QuantizedMatrix | null = null;

  /** @param value null in a model that is only looked at (sizes, names), never run */
  constructor(name: string, shape: Shape, dtype: DType, value: Tensor | null, mapped = false) {
    this.name = name;
    this.shape = shape;
    this.dtype = dtype;
    this.#value = value;
    this.#mapped = mapped;
  }

  /** @param matrix of this shape; null as in the constructor */
  static quantized(
    name: string,
    shape: Shape,
    dtype: DType,
    format: QuantFormat,
    matrix: QuantizedMatrix | null,
    mapped = false,
  ): Parameter {
    const parameter = new Parameter(name, shape, dtype, null, mapped);
    parameter.#quantization = format;
    parameter.#matrix = matrix;
    return parameter;
  }

  /** Whether its values lie in a file that is mapped into memory. */
  get isMapped(): boolean {
    return this.#mapped;
  }

  /** null for a plain weight. */
  get quantization(): QuantFormat | null {
    return this.#quantization;
  }

  /** Whether its values have 16 bits or fewer: what is computed with it may be rounded alike. */
  get isReduced(): boolean {
    return this.#quantization !== null || this.dtype !== 'f32';
  }

  /** Whether there are values at all; see the constructor. */
  get isLoaded(): boolean {
    return this.#value !== null || this.#matrix !== null;
  }

  /** @throws nn/no-weights, nn/quantized-weight */
  get value(): Tensor {
    if (this.#value !== null) return this.#value;
    if (this.#quantization !== null) throw this.#isQuantized();
    throw this.#hasNoValues();
  }

  /** The values of a quantised weight. @throws nn/no-weights */
  get matrix(): QuantizedMatrix {
    if (this.#matrix !== null) return this.#matrix;
    throw this.#hasNoValues();
  }

  /** What it is held in: one tensor, or the parts of a quantised weight. @throws nn/no-weights */
  get tensors(): readonly Tensor[] {
    return this.#quantization === null ? [this.value] : this.matrix.tensors;
  }

  /** The values in f32, in memory of their own. */
  widened(): Tensor {
    return this.#quantization === null ? cast(this.value, 'f32') : dequantize(this.matrix);
  }

  /**
   * Says that its values are not read again for a while: pages of a mapped file need not stay in
   * this process's memory, and come back when they are read. Other weights stay where they are.
   */
  rest(): void {
    if (this.#mapped && this.#value !== null) rest(this.#value);
  }

  get numel(): number {
    return this.shape.reduce((count, size) => count * size, 1);
  }

  get sizeBytes(): number {
    if (this.#matrix !== null) return this.#matrix.sizeBytes;
    const [rows = 1, cols = 1] = this.shape;
    return this.#quantization === null
      ? this.numel * dtypeSizeBytes[this.dtype]
      : quantizedSizeBytes(this.#quantization, rows, cols);
  }

  get trainable(): boolean {
    return this.#value?.requiresGrad ?? false;
  }

  /**
   * A weight that trains gets memory of its own: that of a mapped file cannot be written.
   * @throws nn/quantized-weight
   */
  set trainable(wanted: boolean) {
    if (wanted && this.#mapped) {
      const own = cast(this.value, this.dtype).keep();
      rest(this.value);
      this.replace(own);
    }
    this.value.requiresGrad = wanted;
  }

  /** Takes another value of the same shape and dtype; the old one is disposed. */
  replace(value: Tensor): void {
    value.requiresGrad = this.trainable;
    this.dispose();
    this.#quantization = null;
    this.#value = value;
    this.#mapped = false;
  }

  dispose(): void {
    this.#value?.dispose();
    this.#value = null;
    this.#matrix?.dispose();
    this.#matrix = null;
  }

  #hasNoValues(): LensmithError {
    return new LensmithError(
      'nn/no-weights',
      `${this.name} has no values: only sizes were loaded.`,
    );
  }

  #isQuantized(): LensmithError {
    return new LensmithError(
      'nn/quantized-weight',
      `${this.name} is held in few bits, and such a weight does not train.`,
      {
        expected: 'a weight in f32, bf16 or f16',
        got: this.#quantization ?? undefined,
        hint: 'Train adapters beside it, by lora or qlora, or take the model as it was before it was quantised.',
      },
    );
  }
}

/** A plain weight in few bits; the plain one is disposed. */
export function quantizeParameter(plain: Parameter, format: QuantFormat): Parameter {
  const { name, shape, dtype } = plain;
  if (!plain.isLoaded) return Parameter.quantized(name, shape, dtype, format, null);
  const matrix = scoped(() => quantize(plain.value, format).keep());
  rest(plain.value);
  plain.dispose();
  return Parameter.quantized(name, shape, dtype, format, matrix);
}
