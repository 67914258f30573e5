import { LensmithError } from '../base/errors.ts';
import { copyInto, reshape, ropeInto, scatterRowsInPlace } from '../tensor/ops/index.ts';
import type { Rotation } from '../tensor/ops/index.ts';
import { Tensor } from '../tensor/tensor.ts';
import type { PackedSequences } from './sequence.ts';

/** Keys and values of one layer, [rows, G, K] each. */
export interface LayerCache {
  readonly keys: Tensor;
  readonly values: Tensor;
}

/** Which query rows meet which key rows, [S + 1] i32 each; see the attention op. */
export interface Segments {
  readonly queries: Tensor;
  readonly keys: Tensor;
}

/** What a decoder asks of the memory of earlier tokens. */
export interface DecoderCache extends Disposable {
  /** The segments of a pass over new tokens; their tensors belong to the caller's scope. */
  segments(sequences: PackedSequences): Segments;
  /**
   * Writes the rotated keys and the values of new tokens beside those held, and gives the whole
   * buffers. What is held grows only in advance(), once all layers wrote.
   * @param keys [n, G, K] @param values the same shape @param rotation of the keys
   * @throws generation/context-full
   */
  append(layer: number, keys: Tensor, values: Tensor, rotation: Rotation): LayerCache;
  advance(sequences: PackedSequences): void;
}

export interface CacheShape {
  readonly layers: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
}

/** Bytes that one token takes in a cache: keys and values of all layers, f32. */
export function cacheBytesPerToken({ layers, keyValueHeads, headSize }: CacheShape): number {
  return layers * 2 * keyValueHeads * headSize * Float32Array.BYTES_PER_ELEMENT;
}

function emptyLayers({ layers, keyValueHeads, headSize }: CacheShape, rows: number): LayerCache[] {
  const empty = (): Tensor => Tensor.empty([rows, keyValueHeads, headSize]).keep();
  return Array.from({ length: layers }, () => ({ keys: empty(), values: empty() }));
}

function requireRoom(tokens: number, capacity: number): void {
  if (tokens <= capacity) return;
  throw new LensmithError('generation/context-full', 'The key-value cache is full.', {
    expected: `at most ${capacity} tokens`,
    got: `${tokens}`,
  });
}

function disposeLayers(layers: readonly LayerCache[]): void {
  for (const { keys, values } of layers) {
    keys.dispose();
    values.dispose();
  }
}

/** Keys and values of one sequence, with room for `capacity` tokens. */
export class KeyValueCache implements DecoderCache {
  readonly capacity: number;
  /** Tokens whose keys are held by every layer. */
  length = 0;
  readonly #layers: readonly LayerCache[];

  /** @param layers buffers of [capacity, G, K], which the cache then owns */
  constructor(layers: readonly LayerCache[], capacity: number) {
    this.#layers = layers;
    this.capacity = capacity;
  }

  static empty(shape: CacheShape, capacity: number): KeyValueCache {
    return new KeyValueCache(emptyLayers(shape, capacity), capacity);
  }

  segments({ offsets, tokenCount }: PackedSequences): Segments {
    return { queries: offsets, keys: Tensor.from([0, this.length + tokenCount], [2], 'i32') };
  }

  append(layer: number, keys: Tensor, values: Tensor, rotation: Rotation): LayerCache {
    const held = this.#layers[layer] as LayerCache;
    requireRoom(this.length + keys.dim(0), this.capacity);
    const start = this.length * (held.keys.strides[0] as number);
    using keyRows = held.keys.viewAs(keys.shape, held.keys.strides, start);
    using valueRows = held.values.viewAs(values.shape, held.values.strides, start);
    ropeInto(keys, keyRows, rotation, null);
    copyInto(values, valueRows);
    return held;
  }

  advance({ tokenCount }: Pick<PackedSequences, 'tokenCount'>): void {
    this.length += tokenCount;
  }

  /** @throws generation/context-full unless there is room for so many more */
  requireRoom(tokens: number): void {
    requireRoom(this.length + tokens, this.capacity);
  }

  /**
   * This cache for a pass over one token whose place lies in a tensor, so that the same ops serve
   * every place. @param place [3] i32: tokens held, 0, tokens held and the new one
   */
  at(place: Tensor): DecoderCache {
    return new PlacedCache(this, this.#layers, place);
  }

  [Symbol.dispose](): void {
    disposeLayers(this.#layers);
  }
}

/** See KeyValueCache.at(). */
class PlacedCache implements DecoderCache {
  readonly #cache: KeyValueCache;
  readonly #layers: readonly LayerCache[];
  readonly #place: Tensor;

  constructor(cache: KeyValueCache, layers: readonly LayerCache[], place: Tensor) {
    this.#cache = cache;
    this.#layers = layers;
    this.#place = place;
  }

  segments({ offsets }: PackedSequences): Segments {
    return { queries: offsets, keys: this.#place.viewAs([2], [1], 1) };
  }

  append(layer: number, keys: Tensor, values: Tensor, rotation: Rotation): LayerCache {
    const held = this.#layers[layer] as LayerCache;
    using row = this.#place.viewAs([1], [1]);
    ropeInto(keys, held.keys, rotation, row);
    scatterInto(held.values, row, values);
    return held;
  }

  advance(sequences: PackedSequences): void {
    this.#cache.advance(sequences);
  }

  /** Nothing is its own. */
  [Symbol.dispose](): void {}
}

/** @param buffer [rows, G, K] @param index [n] i32 @param rows [n, G, K] */
function scatterInto(buffer: Tensor, index: Tensor, rows: Tensor): void {
  const [count, heads, size] = buffer.shape as [number, number, number];
  using flat = buffer.viewAs([count, heads * size], [heads * size, 1]);
  using source = reshape(rows, [rows.dim(0), heads * size]);
  scatterRowsInPlace(flat, index, source);
}

/**
 * Keys and values of several sequences that are continued together, each in a slot of `capacity`
 * rows of one buffer. A slot that somebody left is taken by another sequence while the rest go on.
 */
export class BatchedKeyValueCache implements DecoderCache {
  readonly capacity: number;
  readonly #layers: readonly LayerCache[];
  readonly #rowSize: number;
  /** Tokens held, by slot. */
  readonly #lengths: number[];
  /** Slots of the pass that goes on, ascending, and their new rows. */
  #active: readonly number[] = [];
  #newRows: Tensor | null = null;

  constructor(shape: CacheShape, slots: number, capacity: number) {
    this.capacity = capacity;
    this.#layers = emptyLayers(shape, slots * capacity);
    this.#rowSize = shape.keyValueHeads * shape.headSize;
    this.#lengths = new Array<number>(slots).fill(0);
  }

  length(slot: number): number {
    return this.#lengths[slot] ?? 0;
  }

  /**
   * An empty cache over one slot, for the pass over a prompt; hold() takes note of what it wrote.
   * Its disposal gives back the views alone.
   */
  slot(slot: number): KeyValueCache {
    const view = (buffer: Tensor): Tensor => {
      const [, heads, size] = buffer.shape as [number, number, number];
      const start = slot * this.capacity * this.#rowSize;
      return buffer.viewAs([this.capacity, heads, size], buffer.strides, start).keep();
    };
    const layers = this.#layers.map(({ keys, values }) => ({
      keys: view(keys),
      values: view(values),
    }));
    return new KeyValueCache(layers, this.capacity);
  }

  hold(slot: number, tokens: number): void {
    this.#lengths[slot] = tokens;
  }

  /** One new token for each of these slots, ascending: the pass that follows has their rows. */
  begin(slots: readonly number[]): void {
    for (const slot of slots) requireRoom(this.length(slot) + 1, this.capacity);
    const rows = Int32Array.from(slots, (slot) => slot * this.capacity + this.length(slot));
    this.#newRows?.dispose();
    this.#newRows = Tensor.from(rows, [rows.length], 'i32').keep();
    this.#active = slots;
  }

  /** Two segments a slot: its keys with its query, then the rows of its slot that hold nothing. */
  segments(): Segments {
    const slots = this.#lengths.length;
    const [queries, keys] = [new Int32Array(2 * slots + 1), new Int32Array(2 * slots + 1)];
    const active = new Set(this.#active);
    let query = 0;
    for (let slot = 0; slot < slots; slot++) {
      const isActive = active.has(slot);
      if (isActive) query += 1;
      queries.fill(query, 2 * slot + 1, 2 * slot + 3);
      keys[2 * slot + 1] = slot * this.capacity + (isActive ? this.length(slot) + 1 : 0);
      keys[2 * slot + 2] = (slot + 1) * this.capacity;
    }
    const offsets = (values: Int32Array): Tensor => Tensor.from(values, [values.length], 'i32');
    return { queries: offsets(queries), keys: offsets(keys) };
  }

  append(layer: number, keys: Tensor, values: Tensor, rotation: Rotation): LayerCache {
    const held = this.#layers[layer] as LayerCache;
    const rows = this.#newRows as Tensor;
    ropeInto(keys, held.keys, rotation, rows);
    scatterInto(held.values, rows, values);
    return held;
  }

  advance(): void {
    for (const slot of this.#active) this.#lengths[slot] = this.length(slot) + 1;
  }

  [Symbol.dispose](): void {
    this.#newRows?.dispose();
    disposeLayers(this.#layers);
  }
}
