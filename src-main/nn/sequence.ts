import { LensmithError } from '../base/errors.ts';
import { copyInto } from '../tensor/ops/index.ts';
import { Tensor } from '../tensor/tensor.ts';

/**
 * Several sequences end to end without padding: rows offsets[s] .. offsets[s+1]
 * of every [N, …] tensor belong to sequence s, and see no other.
 */
export interface PackedSequences extends Disposable {
  /** N: tokens of all sequences. */
  readonly tokenCount: number;
  /** [S + 1] i32 */
  readonly offsets: Tensor;
  /** [N] i32: place of each token in its sequence. */
  readonly positions: Tensor;
  /** Largest position plus one. */
  readonly maxLength: number;
}

/** @param lengths tokens of each sequence @param start position of the first token of each */
export function packSequences(lengths: readonly number[], start = 0): PackedSequences {
  const offsets = new Int32Array(lengths.length + 1);
  lengths.forEach((length, i) => {
    offsets[i + 1] = (offsets[i] as number) + length;
  });
  const tokenCount = offsets[lengths.length] as number;
  const positions = new Int32Array(tokenCount);
  let row = 0;
  for (const length of lengths) for (let i = 0; i < length; i++) positions[row++] = start + i;
  const tensors = {
    offsets: Tensor.from(offsets, [offsets.length], 'i32').keep(),
    positions: Tensor.from(positions, [tokenCount], 'i32').keep(),
  };
  return {
    tokenCount,
    ...tensors,
    maxLength: start + Math.max(0, ...lengths),
    [Symbol.dispose]() {
      tensors.offsets.dispose();
      tensors.positions.dispose();
    },
  };
}

/** Keys and values of one layer for the tokens seen so far. */
interface LayerCache {
  readonly keys: Tensor;
  readonly values: Tensor;
}

/** Keys and values of all layers of one sequence, with room for `capacity` tokens. */
export class KeyValueCache implements Disposable {
  readonly capacity: number;
  /** Tokens whose keys are held by every layer. */
  length = 0;
  readonly #layers: LayerCache[];

  constructor(layers: number, capacity: number, keyValueHeads: number, headSize: number) {
    this.capacity = capacity;
    const empty = (): Tensor => Tensor.empty([capacity, keyValueHeads, headSize]).keep();
    this.#layers = Array.from({ length: layers }, () => ({ keys: empty(), values: empty() }));
  }

  /**
   * Writes the keys and values of new tokens after those held, and gives the
   * whole buffers. `length` moves on only in advance(), once all layers wrote.
   * @param keys [n, G, D] @param values the same shape
   * @throws generation/context-full
   */
  append(layer: number, keys: Tensor, values: Tensor): LayerCache {
    const held = this.#layers[layer] as LayerCache;
    const end = this.length + keys.dim(0);
    if (end > this.capacity) {
      throw new LensmithError('generation/context-full', 'The key-value cache is full.', {
        expected: `at most ${this.capacity} tokens`,
        got: `${end}`,
      });
    }
    const start = this.length * (held.keys.strides[0] as number);
    using keyRows = held.keys.viewAs(keys.shape, held.keys.strides, start);
    using valueRows = held.values.viewAs(values.shape, held.values.strides, start);
    copyInto(keys, keyRows);
    copyInto(values, valueRows);
    return held;
  }

  advance(tokens: number): void {
    this.length += tokens;
  }

  [Symbol.dispose](): void {
    for (const layer of this.#layers) {
      layer.keys.dispose();
      layer.values.dispose();
    }
  }
}
