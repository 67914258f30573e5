/**
 * A layer of the pre-norm decoder: RMSNorm, rotary attention with grouped key-value heads, SwiGLU.
 *
 * Shape suffixes: N tokens of all sequences, M of them that the pass goes on with, D hidden size, H query
 * heads, G key-value heads, K head size, F intermediate size.
 * @source arXiv:2302.13971; numerics as transformers' LlamaModel and Qwen2Model
 */
import { attention, gatherRows, reshape, rope, swiglu } from '../tensor/ops/index.ts';
import type { ValueDType } from '../tensor/dtype.ts';
import { scoped } from '../tensor/scope.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { activationDType } from './activations.ts';
import type { DecoderCache } from './key-value-cache.ts';
import { Linear } from './linear.ts';
import { RmsNorm } from './norms.ts';
import type { RotaryConfig } from './rotary.ts';
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

/** Rows of a tensor that holds several sequences. */
interface PackedRows {
  readonly positions: Tensor;
  readonly offsets: Tensor;
}

/** What the layers of one forward pass share. */
export interface DecoderPass {
  readonly queries: PackedRows;
  /** Positions of the new ones; with a cache, offsets are of those held and the new ones. */
  readonly keys: PackedRows;
  /** [M] i32: the rows that a layer makes something of but keys and values; null for all. */
  readonly goesOn: Tensor | null;
  readonly cache: DecoderCache | null;
  readonly inverseFrequency: Tensor;
  readonly rotaryScale: number;
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
   * @param sum_MD f32, in which layers add up
   * @returns    that sum and what is made here
   */
  addTo(sum_MD: Tensor, x_ND: Tensor, y_MD: Tensor, pass: DecoderPass): Tensor {
    const { numAttentionHeads, numKeyValueHeads, headSize } = this.#config;
    const dtype = this.dtype(pass);
    const heads = (x: Tensor, count: number): Tensor => reshape(x, [x.dim(0), count, headSize]);
    const { inverseFrequency, rotaryScale: scale } = pass;
    const rotate = (x: Tensor, positions: Tensor): Tensor =>
      rope(x, positions, inverseFrequency, scale);
    // What does not wait for each other is asked for together: a graphics device overlaps it.
    const queries_MHK = heads(this.#q.forward(y_MD, dtype), numAttentionHeads);
    const keys_NGK = heads(this.#k.forward(x_ND, dtype), numKeyValueHeads);
    const v_NGK = heads(this.#v.forward(x_ND, dtype), numKeyValueHeads);
    const q_MHK = rotate(queries_MHK, pass.queries.positions);
    const { positions } = pass.keys;
    const rotation = { positions, inverseFrequency, scale };
    const held = pass.cache?.append(this.#layer, keys_NGK, v_NGK, rotation);
    const out_MHK = attention(
      q_MHK,
      held?.keys ?? rotate(keys_NGK, positions),
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
    return this.#o.addTo(sum_MD, reshape(out_MHK, [y_MD.dim(0), numAttentionHeads * headSize]));
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

  /** @returns sum_ND, f32, in which layers add up, and what is made here */
  addTo(sum_ND: Tensor, x_ND: Tensor, pass: DecoderPass): Tensor {
    const dtype = this.dtype(pass);
    const [gate_NF, up_NF] = [this.#gate.forward(x_ND, dtype), this.#up.forward(x_ND, dtype)];
    return this.#down.addTo(sum_ND, swiglu(gate_NF, up_NF));
  }
}

/** One of the stack: attention and a gated unit, each after its norm and added to what it read. */
export class DecoderLayer {
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
      const attended = this.#attention.addTo(own_MD, first_ND, asking_MD, pass);
      const second = this.#postAttentionNorm.forward(attended, this.#mlp.dtype(pass));
      return this.#mlp.addTo(attended, second, pass);
    });
  }
}
