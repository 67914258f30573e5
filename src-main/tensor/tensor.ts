import { LensmithError } from '../base/errors.ts';
import { dtypeIds, dtypeSizeBytes } from './dtype.ts';
import type { DType } from './dtype.ts';
import { addon, fromNative } from './native.ts';
import type { Handle } from './native.ts';
import { ownByScope, ownerScope } from './scope.ts';
import type { Scope } from './scope.ts';

export type Shape = readonly number[];

/** A host array that an upload or a download works with. */
export type HostArray = Float32Array | Uint16Array | Int32Array | Uint8Array | Int8Array;

export function numelOf(shape: Shape): number {
  return shape.reduce((count, dim) => count * dim, 1);
}

export function contiguousStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = step;
    step *= shape[i] as number;
  }
  return strides;
}

/**
 * Where a tensor lies: in the device's memory, or in the machine's, where a graphics card reaches it
 * more slowly. On the CPU both are the same.
 */
export type Place = 'device' | 'host';

let nextId = 1;

interface TensorInit {
  readonly handle: Handle;
  readonly dtype: DType;
  readonly shape: Shape;
  readonly strides: readonly number[];
  /** Given for an alias: the same value as another tensor, seen through another handle. */
  readonly id?: number;
}

/**
 * A strided array on the device: an owner of one native handle. Work on it is
 * queued, so its contents are known only after `read()`.
 *
 * A tensor made inside `scoped()` is disposed at the end of that scope, unless
 * it is returned or kept; one made outside lives until `dispose()`.
 */
export class Tensor implements Disposable {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly strides: readonly number[];
  /** Identity of the value, shared by aliases; what gradients are filed under. */
  readonly id: number;
  /** A leaf that gradients are wanted for. */
  requiresGrad = false;
  [ownerScope]: Scope | null = null;
  #handle: Handle;

  constructor(init: TensorInit) {
    this.#handle = init.handle;
    this.dtype = init.dtype;
    this.shape = init.shape;
    this.strides = init.strides;
    this.id = init.id ?? nextId++;
    ownByScope(this);
  }

  /** Uninitialised memory. */
  static empty(shape: Shape, dtype: DType = 'f32', place: Place = 'device'): Tensor {
    try {
      const handle = addon().empty(dtypeIds[dtype], shape, place === 'host');
      return new Tensor({ handle, dtype, shape: [...shape], strides: contiguousStrides(shape) });
    } catch (thrown) {
      throw fromNative(thrown);
    }
  }

  static zeros(shape: Shape, dtype: DType = 'f32', place: Place = 'device'): Tensor {
    return Tensor.full(shape, 0, dtype, place);
  }

  static full(shape: Shape, value: number, dtype: DType = 'f32', place: Place = 'device'): Tensor {
    const result = Tensor.empty(shape, dtype, place);
    try {
      addon().ops.fill(result.handle, value);
    } catch (thrown) {
      result.dispose();
      throw fromNative(thrown);
    }
    return result;
  }

  /** @param data f32: Float32Array or numbers; i32: Int32Array or numbers; bf16, f16: raw bits */
  static from(
    data: HostArray | readonly number[],
    shape: Shape,
    dtype: DType = 'f32',
    place: Place = 'device',
  ): Tensor {
    const array = hostArray(data, dtype);
    const result = Tensor.empty(shape, dtype, place);
    try {
      addon().upload(result.handle, array);
    } catch (thrown) {
      result.dispose();
      throw fromNative(thrown);
    }
    return result;
  }

  get handle(): Handle {
    if (this.#handle === 0) {
      throw new LensmithError('tensor/disposed', 'A tensor was used after it was disposed.');
    }
    return this.#handle;
  }

  get disposed(): boolean {
    return this.#handle === 0;
  }

  get rank(): number {
    return this.shape.length;
  }

  get numel(): number {
    return numelOf(this.shape);
  }

  get sizeBytes(): number {
    return this.numel * dtypeSizeBytes[this.dtype];
  }

  /** Length of one axis; negative axes count from the last. */
  dim(axis: number): number {
    const size = this.shape[axis < 0 ? this.rank + axis : axis];
    if (size === undefined) {
      throw new LensmithError('tensor/shape-mismatch', `There is no axis ${axis}.`, {
        got: describeTensor(this),
      });
    }
    return size;
  }

  get isContiguous(): boolean {
    let step = 1;
    for (let i = this.rank - 1; i >= 0; i--) {
      const size = this.shape[i] as number;
      if (size !== 1 && this.strides[i] !== step) return false;
      step *= size;
    }
    return true;
  }

  /**
   * The same memory seen otherwise.
   * @param offset in elements of this dtype, from the start of this tensor
   * @throws tensor/out-of-bounds when the view reaches outside of the storage
   */
  viewAs(shape: Shape, strides: readonly number[], offset = 0): Tensor {
    return this.reinterpret(this.dtype, offset * dtypeSizeBytes[this.dtype], shape, strides);
  }

  /** As viewAs, with another element type and the offset in bytes (weights in a mapped file). */
  reinterpret(
    dtype: DType,
    offsetBytes: number,
    shape: Shape,
    strides: readonly number[] = contiguousStrides(shape),
  ): Tensor {
    try {
      const handle = addon().view(this.handle, dtypeIds[dtype], offsetBytes, shape, strides);
      return new Tensor({ handle, dtype, shape: [...shape], strides: [...strides] });
    } catch (thrown) {
      throw fromNative(thrown);
    }
  }

  /** The same value under a handle of its own, which no scope disposes: how the tape keeps it. */
  alias(): Tensor {
    const { dtype, shape, strides, id } = this;
    const handle = addon().view(this.handle, dtypeIds[dtype], 0, shape, strides);
    const alias = new Tensor({ handle, dtype, shape, strides, id });
    alias.requiresGrad = this.requiresGrad;
    return alias.keep();
  }

  /** Takes the tensor out of the scope it was made in; its holder disposes it. */
  keep(): this {
    ownByScope.forget(this);
    return this;
  }

  /** Replaces the contents. @param data as Tensor.from */
  write(data: HostArray | readonly number[]): void {
    try {
      addon().upload(this.handle, hostArray(data, this.dtype));
    } catch (thrown) {
      throw fromNative(thrown);
    }
  }

  /**
   * The contents, once all queued work is done: Float32Array for f32,
   * Int32Array for i32, raw bits (Uint16Array) for bf16 and f16, Uint8Array for u8, Int8Array for i8.
   * @throws tensor/not-contiguous, and whatever a kernel reported since the last read
   */
  async read(): Promise<HostArray> {
    try {
      const buffer = await addon().download(this.handle);
      return viewOf(buffer, this.dtype);
    } catch (thrown) {
      throw fromNative(thrown);
    }
  }

  async readFloats(): Promise<Float32Array> {
    return expectArray(await this.read(), Float32Array, this);
  }

  async readInts(): Promise<Int32Array> {
    return expectArray(await this.read(), Int32Array, this);
  }

  /** The one element of a scalar. */
  async item(): Promise<number> {
    const values = await this.read();
    if (values.length !== 1) {
      throw new LensmithError('tensor/shape-mismatch', 'item() reads a tensor of one element.', {
        got: describeTensor(this),
      });
    }
    return values[0] as number;
  }

  dispose(): void {
    if (this.#handle === 0) return;
    addon().release(this.#handle);
    this.#handle = 0;
    ownByScope.forget(this);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** `f32 [2, 3]`, as errors show it. */
export function describeTensor(tensor: { dtype: DType; shape: Shape }): string {
  return `${tensor.dtype} [${tensor.shape.join(', ')}]`;
}

/**
 * Maps a file as a read-only u8 tensor [sizeBytes]; reinterpret() gives the weights in it.
 * @throws io/map-failed
 */
export function mapFile(path: string): Tensor {
  try {
    const { handle, sizeBytes } = addon().mapFile(path);
    return new Tensor({ handle, dtype: 'u8', shape: [sizeBytes], strides: [1] });
  } catch (thrown) {
    throw fromNative(thrown);
  }
}

/**
 * A tensor of a mapped file where ops can take it: itself, or a copy in the
 * device's memory where the device does not read files.
 */
export function placed(mapped: Tensor): Tensor {
  try {
    if (addon().deviceInfo().readsMappedFiles) return mapped;
    const { dtype, shape } = mapped;
    const handle = addon().place(mapped.handle);
    return new Tensor({ handle, dtype, shape, strides: contiguousStrides(shape) });
  } catch (thrown) {
    throw fromNative(thrown);
  }
}

/**
 * Says that a tensor in a mapped file has been copied and will hardly be read again, so that its
 * pages need not stay in memory; it can still be read. Does nothing for other tensors.
 */
export function rest(copied: Tensor): void {
  try {
    addon().rest(copied.handle);
  } catch (thrown) {
    throw fromNative(thrown);
  }
}

function hostArray(data: HostArray | readonly number[], dtype: DType): HostArray {
  const Wanted = arrayTypes[dtype];
  if (data instanceof Wanted) return data;
  if (Array.isArray(data) && dtype !== 'bf16' && dtype !== 'f16') {
    return Wanted.from(data as readonly number[]);
  }
  throw new LensmithError('tensor/dtype-mismatch', 'The data does not fit the dtype.', {
    expected: `${Wanted.name} for ${dtype}`,
    got: data.constructor.name,
  });
}

const arrayTypes = {
  f32: Float32Array,
  bf16: Uint16Array,
  f16: Uint16Array,
  i32: Int32Array,
  u8: Uint8Array,
  i8: Int8Array,
} as const;

function viewOf(buffer: ArrayBuffer, dtype: DType): HostArray {
  return new arrayTypes[dtype](buffer);
}

function expectArray<T extends HostArray>(
  values: HostArray,
  type: new (n: number) => T,
  tensor: Tensor,
): T {
  if (values instanceof type) return values;
  throw new LensmithError('tensor/dtype-mismatch', 'The tensor holds another element type.', {
    expected: type.name,
    got: describeTensor(tensor),
  });
}
