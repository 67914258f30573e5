/** What AdamW keeps of each weight: how many bits, where it lies, and how it is made and moved. */
import type { DType } from '../tensor/dtype.ts';
import { allocatedBytes } from '../tensor/allocation.ts';
import { dtypeSizeBytes } from '../tensor/dtype.ts';
import { copyInto, momentBlock } from '../tensor/ops/index.ts';
import { Tensor, numelOf } from '../tensor/tensor.ts';
import type { Place, Shape } from '../tensor/tensor.ts';

/** adamw-8bit keeps both moments in a byte a value. */
export const optimizers = ['adamw', 'adamw-8bit'] as const;
export type OptimizerName = (typeof optimizers)[number];

/** auto: on the device, until it is full; from then on in the machine's memory. */
export const optimizerMemories = ['auto', 'device', 'host'] as const;
export type OptimizerMemory = (typeof optimizerMemories)[number];

/** Weights with fewer values keep moments in f32: they cost little, and norms want them exact. */
const smallestInBytes = 4096;

/** The tensors of one weight, by the names under which a checkpoint has them. */
export type StatePart = 'm' | 'v' | 'm_scale' | 'v_scale' | 'master';

interface PartLayout {
  readonly part: StatePart;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** As much of a weight as decides what is kept of it. */
export interface WeightShape {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** @source arXiv:2110.02861 for 8 bits; the smallest size is bitsandbytes' */
export function stateLayout({ shape, dtype }: WeightShape, optimizer: OptimizerName): PartLayout[] {
  const numel = numelOf(shape);
  const master: PartLayout[] = dtype === 'f32' ? [] : [{ part: 'master', shape, dtype: 'f32' }];
  if (optimizer === 'adamw' || numel < smallestInBytes) {
    return [{ part: 'm', shape, dtype: 'f32' }, { part: 'v', shape, dtype: 'f32' }, ...master];
  }
  const blocks = Math.ceil(numel / momentBlock);
  return [
    { part: 'm', shape: [blocks, momentBlock], dtype: 'u8' },
    { part: 'v', shape: [blocks, momentBlock], dtype: 'u8' },
    { part: 'm_scale', shape: [blocks], dtype: 'f32' },
    { part: 'v_scale', shape: [blocks], dtype: 'f32' },
    ...master,
  ];
}

/** What the state of a weight takes of memory. */
export function stateBytes(weight: WeightShape, optimizer: OptimizerName): number {
  const sizes = stateLayout(weight, optimizer).map(({ shape, dtype }) =>
    allocatedBytes(numelOf(shape) * dtypeSizeBytes[dtype]),
  );
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}

/** The state of one weight; it begins with the weight's first gradient, as in torch. */
export class AdamWState implements Disposable {
  /** Updates done. */
  step: number;
  readonly #tensors: Map<StatePart, Tensor>;

  /** Owns the tensors from now on. */
  constructor(tensors: Map<StatePart, Tensor>, step: number) {
    this.#tensors = tensors;
    this.step = step;
  }

  /** That of a weight without an update. @throws memory/out-of-memory, and nothing is kept */
  static first(weight: Tensor, optimizer: OptimizerName, place: Place): AdamWState {
    const tensors = new Map<StatePart, Tensor>();
    try {
      for (const { part, shape, dtype } of stateLayout(weight, optimizer)) {
        const tensor =
          part === 'master' ? Tensor.empty(shape, dtype, place) : zeros(shape, dtype, place);
        tensors.set(part, tensor.keep());
        if (part === 'master') copyInto(weight, tensor);
      }
    } catch (error) {
      for (const tensor of tensors.values()) tensor.dispose();
      throw error;
    }
    return new AdamWState(tensors, 0);
  }

  get tensors(): ReadonlyMap<StatePart, Tensor> {
    return this.#tensors;
  }

  /** @throws TypeError when the layout has no such part */
  part(part: StatePart): Tensor {
    const tensor = this.#tensors.get(part);
    if (tensor === undefined) throw new TypeError(`This state has no ${part}.`);
    return tensor;
  }

  /** Into the machine's memory, tensor by tensor. @throws memory/out-of-memory; it stays whole */
  moveToHost(): void {
    for (const [part, tensor] of this.#tensors) {
      const moved = Tensor.empty(tensor.shape, tensor.dtype, 'host').keep();
      copyInto(tensor, moved);
      tensor.dispose();
      this.#tensors.set(part, moved);
    }
  }

  [Symbol.dispose](): void {
    for (const tensor of this.#tensors.values()) tensor.dispose();
  }
}

/** Bytes are filled as the words that they lie in. */
function zeros(shape: Shape, dtype: DType, place: Place): Tensor {
  if (dtype !== 'u8') return Tensor.zeros(shape, dtype, place);
  using words = Tensor.zeros([numelOf(shape) / 4], 'i32', place);
  return words.reinterpret('u8', 0, shape);
}
