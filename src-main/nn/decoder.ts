/**
 * The pre-norm decoder that LLaMA, Mistral and Qwen2 share: RMSNorm, rotary
 * attention with grouped key-value heads, SwiGLU.
 *
 * Shape suffixes: N tokens of all sequences, D hidden size, H query heads,
 * G key-value heads, K head size, F intermediate size, V vocabulary.
 * @source arXiv:2302.13971; numerics as transformers' LlamaModel and Qwen2Model
 */
import { recompute } from '../autograd/recompute.ts';
import { scoped } from '../tensor/scope.ts';
import { add, attention, gatherRows, reshape, rope, swiglu } from '../tensor/ops/index.ts';
import type { ValueDType } from '../tensor/dtype.ts';
import { Tensor } from '../tensor/tensor.ts';
import { activationDType } from './activations.ts';
import { Linear } from './linear.ts';
import { RmsNorm } from './norms.ts';
import type { Parameter } from './parameter.ts';
import { RotaryEmbedding } from './rotary.ts';
import type { RotaryConfig } from './rotary.ts';
import { BatchedKeyValueCache, KeyValueCache, cacheBytesPerToken } from './key-value-cache.ts';
import type { CacheShape, DecoderCache } from './key-value-cache.ts';
import { tailsOf } from './sequence.ts';
import type { PackedSequences, SequenceTails } from './sequence.ts';
import type { WeightScope } from './weights.ts';

export interface DecoderConfig {
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly numHiddenLayers: number;
  readonly numAttentionHeads: number;
  readonly numKeyValueHeads: number;
  readonly headSize: number;
  readonly vocabSize: number;
  readonly maxPositions: number;
  readonly rmsNormEps: number;
  readonly rotary: RotaryConfig;
  readonly queryKeyValueBias: boolean;
  readonly outputBias: boolean;
  readonly mlpBias: boolean;
  readonly tieWordEmbeddings: boolean;
  /** Keys further back are not seen, by layer; 0 sees all. */
  slidingWindow(layer: number): number;
}

class Attention {
  readonly #config: DecoderConfig;
  readonly #layer: number;
  readonly #q: Linear;
  readonly #k: Linear;
  readonly #v: Linear;
  readonly #o: Linear;

  constructor(scope: WeightScope, config: DecoderConfig, layer: number) {
    const { hiddenSize, numAttentionHeads, numKeyValueHeads, headSize } = config;
    const [queries, keys] = [numAttentionHeads * headSize, numKeyValueHeads * headSize];
    this.#config = config;
    this.#layer = layer;
    this.#q = new Linear(scope.at('q_proj'), hiddenSize, queries, config.queryKeyValueBias);
    this.#k = new Linear(scope.at('k_proj'), hiddenSize, keys, config.queryKeyValueBias);
    this.#v = new Linear(scope.at('v_proj'), hiddenSize, keys, config.queryKeyValueBias);
    this.#o = new Linear(scope.at('o_proj'), queries, hiddenSize, config.outputBias);
  }

  /** Of the values that its maps read and make, but for the output. */
  dtype(pass: DecoderPass): ValueDType {
    return activationDType([this.#q, this.#k, this.#v, this.#o], pass.cache !== null);
  }

  /**
   * @param x_ND what keys and values are made of
   * @param y_MD what queries are made of: the same, or the ends of its sequences
   * @returns    [M, D] f32, in which layers add up
   */
  forward(x_ND: Tensor, y_MD: Tensor, pass: DecoderPass): Tensor {
    const { numAttentionHeads, numKeyValueHeads, headSize } = this.#config;
    const dtype = this.dtype(pass);
    const heads = (x: Tensor, count: number): Tensor => reshape(x, [x.dim(0), count, headSize]);
    const rotate = (x: Tensor, positions: Tensor): Tensor =>
      rope(x, positions, pass.inverseFrequency, pass.rotaryScale);
    // What does not wait for each other is asked for together: a graphics device overlaps it.
    const queries_MHK = heads(this.#q.forward(y_MD, dtype), numAttentionHeads);
    const keys_NGK = heads(this.#k.forward(x_ND, dtype), numKeyValueHeads);
    const v_NGK = heads(this.#v.forward(x_ND, dtype), numKeyValueHeads);
    const q_MHK = rotate(queries_MHK, pass.queries.positions);
    const k_NGK = rotate(keys_NGK, pass.keys.positions);
    const held = pass.cache?.append(this.#layer, k_NGK, v_NGK);
    const out_MHK = attention(
      q_MHK,
      held?.keys ?? k_NGK,
      held?.values ?? v_NGK,
      pass.queries.offsets,
      pass.keys.offsets,
      {
        scale: 1 / Math.sqrt(headSize),
        causal: true,
        window: this.#config.slidingWindow(this.#layer),
        reduced: [this.#q, this.#k, this.#v].every(({ weight }) => weight.isReduced),
      },
    );
    return this.#o.forward(reshape(out_MHK, [y_MD.dim(0), numAttentionHeads * headSize]));
  }
}

class Mlp {
  readonly #gate: Linear;
  readonly #up: Linear;
  readonly #down: Linear;

  constructor(scope: WeightScope, config: DecoderConfig) {
    const { hiddenSize, intermediateSize, mlpBias } = config;
    this.#gate = new Linear(scope.at('gate_proj'), hiddenSize, intermediateSize, mlpBias);
    this.#up = new Linear(scope.at('up_proj'), hiddenSize, intermediateSize, mlpBias);
    this.#down = new Linear(scope.at('down_proj'), intermediateSize, hiddenSize, mlpBias);
  }

  /** Of the values that its maps read and make, but for the output. */
  dtype(pass: DecoderPass): ValueDType {
    return activationDType([this.#gate, this.#up, this.#down], pass.cache !== null);
  }

  /** @returns f32, in which layers add up */
  forward(x_ND: Tensor, pass: DecoderPass): Tensor {
    const dtype = this.dtype(pass);
    const [gate_NF, up_NF] = [this.#gate.forward(x_ND, dtype), this.#up.forward(x_ND, dtype)];
    return this.#down.forward(swiglu(gate_NF, up_NF));
  }
}

class DecoderLayer {
  readonly #attention: Attention;
  readonly #mlp: Mlp;
  readonly #inputNorm: RmsNorm;
  readonly #postAttentionNorm: RmsNorm;

  constructor(scope: WeightScope, config: DecoderConfig, layer: number) {
    this.#attention = new Attention(scope.at('self_attn'), config, layer);
    this.#mlp = new Mlp(scope.at('mlp'), config);
    const norm = (name: string): RmsNorm =>
      new RmsNorm(scope.at(name), config.hiddenSize, config.rmsNormEps);
    this.#inputNorm = norm('input_layernorm');
    this.#postAttentionNorm = norm('post_attention_layernorm');
  }

  /** @returns [N, D], or [M, D] where the pass goes on with M rows alone */
  forward(x_ND: Tensor, pass: DecoderPass): Tensor {
    return scoped(() => {
      const norm = (x: Tensor): Tensor => this.#inputNorm.forward(x, this.#attention.dtype(pass));
      const first_ND = norm(x_ND);
      const own_MD = pass.goesOn === null ? x_ND : gatherRows(x_ND, pass.goesOn);
      const asking_MD = pass.goesOn === null ? first_ND : norm(own_MD);
      const attended = add(own_MD, this.#attention.forward(first_ND, asking_MD, pass));
      const second = this.#postAttentionNorm.forward(attended, this.#mlp.dtype(pass));
      return add(attended, this.#mlp.forward(second, pass));
    });
  }
}

/** Rows of a tensor that holds several sequences. */
interface PackedRows {
  readonly positions: Tensor;
  readonly offsets: Tensor;
}

/** What the layers of one forward pass share. */
interface DecoderPass {
  readonly queries: PackedRows;
  /** Positions of the new ones; with a cache, offsets are of those held and the new ones. */
  readonly keys: PackedRows;
  /** [M] i32: the rows that a layer makes something of but keys and values; null for all. */
  readonly goesOn: Tensor | null;
  readonly cache: DecoderCache | null;
  readonly inverseFrequency: Tensor;
  readonly rotaryScale: number;
}

export interface DecoderOptions {
  readonly cache?: DecoderCache | null;
  /** Keep only each layer's input for the backward pass, which computes all but the last again. */
  readonly recompute?: boolean;
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
      const run = (layer: DecoderLayer, x: Tensor): Tensor => {
        // The backward pass begins with the last layer: to compute it again would save nothing.
        if (layer === this.#layers.at(-1)) {
          return layer.forward(x, tails === null ? pass : withTails(pass, tails));
        }
        return options.recompute
          ? recompute((input: Tensor) => layer.forward(input, pass), [x])
          : layer.forward(x, pass);
      };
      const last = this.#layers.reduce((x, layer) => stepInto(x, x_ND, run, layer), x_ND);
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

/** Runs a layer and lets go of its input, which nothing but the tape needs any more. */
function stepInto(
  x: Tensor,
  first: Tensor,
  run: (layer: DecoderLayer, x: Tensor) => Tensor,
  layer: DecoderLayer,
): Tensor {
  const next = run(layer, x);
  if (x !== first) x.dispose();
  return next;
}
