/**
 * The pre-norm decoder that LLaMA, Mistral and Qwen2 share; its layers are in decoder-layer.ts.
 *
 * Shape suffixes: N tokens of all sequences, R rows that are wanted, D hidden size, V vocabulary.
 * @source arXiv:2302.13971; numerics as transformers' LlamaModel and Qwen2Model
 */
import { recompute } from '../autograd/recompute.ts';
import { gatherRows } from '../tensor/ops/index.ts';
import { scoped } from '../tensor/scope.ts';
import { Tensor } from '../tensor/tensor.ts';
import { DecoderLayer } from './decoder-layer.ts';
import type { DecoderConfig, DecoderPass } from './decoder-layer.ts';
import { BatchedKeyValueCache, KeyValueCache, cacheBytesPerToken } from './key-value-cache.ts';
import type { CacheShape, DecoderCache } from './key-value-cache.ts';
import { RmsNorm } from './norms.ts';
import type { Parameter } from './parameter.ts';
import { RotaryEmbedding } from './rotary.ts';
import { tailsOf } from './sequence.ts';
import type { PackedSequences, SequenceTails } from './sequence.ts';
import type { WeightScope } from './weights.ts';

export interface DecoderOptions {
  readonly cache?: DecoderCache | null;
  /**
   * So many layers, the first, keep only their input for the backward pass, which computes the rest
   * again: the others' are let go by then. The last never does.
   */
  readonly recompute?: number;
  /**
   * [R] rows of [N] whose hidden states are wanted, where that is not all. The last layer then makes
   * of others no more than keys and values: what a loss or a next token does not depend on.
   */
  readonly rows?: Int32Array;
}

/** Token embeddings, the stack of layers and the final norm; the head is a weight beside it. */
export class Decoder {
  readonly config: DecoderConfig;
  /** [V, D] */
  readonly embedding: Parameter;
  /** [V, D]; the embedding itself when tied. */
  readonly head: Parameter;
  readonly #layers: readonly DecoderLayer[];
  readonly #norm: RmsNorm;
  readonly #rotary: RotaryEmbedding;

  /** @param scope of `embed_tokens`, `layers` and `norm` @param root of `lm_head` */
  constructor(scope: WeightScope, root: WeightScope, config: DecoderConfig) {
    this.config = config;
    const table = [config.vocabSize, config.hiddenSize];
    this.embedding = scope.parameter('embed_tokens.weight', table);
    this.#layers = Array.from(
      { length: config.numHiddenLayers },
      (_, i) => new DecoderLayer(scope.at(`layers.${i}`), config, i),
    );
    this.#norm = new RmsNorm(scope.at('norm'), config.hiddenSize, config.rmsNormEps);
    this.head = config.tieWordEmbeddings ? this.embedding : root.parameter('lm_head.weight', table);
    this.#rotary = new RotaryEmbedding(config.rotary);
  }

  /** @param ids [N] i32 @returns [N, D] f32 */
  embed(ids: Tensor): Tensor {
    return gatherRows(this.embedding.value, ids);
  }

  /**
   * @param x_ND embeddings [N, D] f32
   * @returns final hidden states after the last norm, [N, D], or [R, D] of the rows that are wanted
   */
  forward(x_ND: Tensor, sequences: PackedSequences, options: DecoderOptions = {}): Tensor {
    const cache = options.cache ?? null;
    const { inverseFrequency, scale } = this.#rotary.table(sequences.maxLength);
    const hidden = scoped(() => {
      const { offsets, positions } = sequences;
      const segments = cache?.segments(sequences) ?? { queries: offsets, keys: offsets };
      const pass: DecoderPass = {
        queries: { positions, offsets: segments.queries },
        keys: { positions, offsets: segments.keys },
        goesOn: null,
        cache,
        inverseFrequency,
        rotaryScale: scale,
      };
      const tails = isPart(options.rows, sequences) ? tailsOf(sequences, options.rows) : null;
      const run = (x: Tensor, layer: DecoderLayer, index: number): Tensor => {
        if (layer === this.#layers.at(-1)) {
          return layer.forward(x, tails === null ? pass : withTails(pass, tails));
        }
        return index < (options.recompute ?? 0)
          ? recompute((input: Tensor) => layer.forward(input, pass), [x])
          : layer.forward(x, pass);
      };
      const last = this.#layers.reduce((x, layer, i) => {
        const next = run(x, layer, i);
        // Nothing but the tape needs it any more.
        if (x !== x_ND) x.dispose();
        return next;
      }, x_ND);
      return this.#norm.forward(tails === null ? last : gatherRows(last, i32(tails.wanted)));
    });
    cache?.advance(sequences);
    return hidden;
  }

  newCache(capacity: number): KeyValueCache {
    return KeyValueCache.empty(this.#cacheShape, capacity);
  }

  newBatchedCache(slots: number, capacity: number): BatchedKeyValueCache {
    return new BatchedKeyValueCache(this.#cacheShape, slots, capacity);
  }

  /** The backward pass begins with the last layer: to compute it again would save nothing. */
  get recomputableLayers(): number {
    return this.#layers.length - 1;
  }

  /** Whether the pass over one token is the same ops whatever its position. */
  get isRepeatable(): boolean {
    return this.config.rotary.scaling.type !== 'dynamic';
  }

  /** Bytes that a cache takes for each token it has room for. */
  get cacheBytesPerToken(): number {
    return cacheBytesPerToken(this.#cacheShape);
  }

  get #cacheShape(): CacheShape {
    const { numHiddenLayers: layers, numKeyValueHeads: keyValueHeads, headSize } = this.config;
    return { layers, keyValueHeads, headSize };
  }

  dispose(): void {
    this.#rotary.dispose();
  }
}

/** Whether these are not simply all rows. */
function isPart(rows: Int32Array | undefined, { tokenCount }: PackedSequences): rows is Int32Array {
  return rows?.some((row, i) => row !== i) === true || (rows?.length ?? tokenCount) < tokenCount;
}

function withTails(pass: DecoderPass, tails: SequenceTails): DecoderPass {
  const queries = { positions: i32(tails.positions), offsets: i32(tails.offsets) };
  return { ...pass, queries, goesOn: i32(tails.rows) };
}

function i32(values: Int32Array): Tensor {
  return Tensor.from(values, [values.length], 'i32');
}
