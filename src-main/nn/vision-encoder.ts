/**
 * The pre-norm transformer encoder that CLIP's and SigLIP's vision towers share.
 *
 * Shape suffixes: B images, P patches of an image, T tokens of an image (P, and
 * one more with a class token), R = B·T rows, C channels of the tower, H heads, K head size.
 * @source arXiv:2103.00020, arXiv:2303.15343; numerics as transformers' CLIPVisionModel and
 *         SiglipVisionModel
 */
import { recompute } from '../autograd/recompute.ts';
import { scoped } from '../tensor/scope.ts';
import {
  activation,
  add,
  attention,
  concat,
  gatherRows,
  linear,
  patchify,
  reshape,
} from '../tensor/ops/index.ts';
import type { ActivationKind } from '../tensor/ops/index.ts';
import { Tensor } from '../tensor/tensor.ts';
import { Linear } from './linear.ts';
import { LayerNorm } from './norms.ts';
import type { Parameter } from './parameter.ts';
import type { WeightScope } from './weights.ts';

export interface VisionEncoderConfig {
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly numHiddenLayers: number;
  readonly numAttentionHeads: number;
  readonly numChannels: number;
  readonly imageSize: number;
  readonly patchSize: number;
  readonly layerNormEps: number;
  readonly activation: ActivationKind;
  /** CLIP puts a learned token before the patches and normalises the embeddings. */
  readonly classToken: boolean;
  readonly patchBias: boolean;
}

function patchCount(config: VisionEncoderConfig): number {
  return Math.floor(config.imageSize / config.patchSize) ** 2;
}

class VisionEmbeddings {
  readonly #config: VisionEncoderConfig;
  readonly #patch: Parameter;
  readonly #patchBias: Parameter | null;
  readonly #classToken: Parameter | null;
  readonly #position: Parameter;

  constructor(scope: WeightScope, config: VisionEncoderConfig) {
    const { hiddenSize, numChannels, patchSize } = config;
    const kernel = [hiddenSize, numChannels, patchSize, patchSize];
    this.#config = config;
    this.#classToken = config.classToken ? scope.parameter('class_embedding', [hiddenSize]) : null;
    this.#patch = scope.parameter('patch_embedding.weight', kernel);
    this.#patchBias = config.patchBias
      ? scope.parameter('patch_embedding.bias', [hiddenSize], 'zeros')
      : null;
    const tokens = patchCount(config) + (config.classToken ? 1 : 0);
    this.#position = scope.parameter('position_embedding.weight', [tokens, hiddenSize]);
  }

  /** @param pixels_BCHW @returns [B·T, C] */
  forward(pixels_BCHW: Tensor): Tensor {
    const { hiddenSize, patchSize } = this.#config;
    const images = pixels_BCHW.dim(0);
    const kernel = reshape(this.#patch.value, [hiddenSize, this.#patch.numel / hiddenSize]);
    const patches = linear(
      patchify(pixels_BCHW, patchSize),
      kernel,
      this.#patchBias?.value ?? null,
    );
    const tokens_BTC = this.#prependClassToken(
      reshape(patches, [images, patchCount(this.#config), hiddenSize]),
    );
    const placed = add(tokens_BTC, this.#position.value);
    return reshape(placed, [images * tokens_BTC.dim(1), hiddenSize]);
  }

  #prependClassToken(patches_BPC: Tensor): Tensor {
    if (this.#classToken === null) return patches_BPC;
    const images = patches_BPC.dim(0);
    const row = reshape(this.#classToken.value, [1, this.#config.hiddenSize]);
    const repeated = gatherRows(row, Tensor.zeros([images], 'i32'));
    return concat([reshape(repeated, [images, 1, this.#config.hiddenSize]), patches_BPC], 1);
  }
}

class VisionLayer {
  readonly #config: VisionEncoderConfig;
  readonly #q: Linear;
  readonly #k: Linear;
  readonly #v: Linear;
  readonly #out: Linear;
  readonly #norm1: LayerNorm;
  readonly #norm2: LayerNorm;
  readonly #fc1: Linear;
  readonly #fc2: Linear;

  constructor(scope: WeightScope, config: VisionEncoderConfig) {
    const { hiddenSize, intermediateSize, layerNormEps } = config;
    this.#config = config;
    const projection = (name: string): Linear =>
      new Linear(scope.at(`self_attn.${name}`), hiddenSize, hiddenSize, true);
    this.#k = projection('k_proj');
    this.#v = projection('v_proj');
    this.#q = projection('q_proj');
    this.#out = projection('out_proj');
    this.#norm1 = new LayerNorm(scope.at('layer_norm1'), hiddenSize, layerNormEps);
    this.#fc1 = new Linear(scope.at('mlp.fc1'), hiddenSize, intermediateSize, true);
    this.#fc2 = new Linear(scope.at('mlp.fc2'), intermediateSize, hiddenSize, true);
    this.#norm2 = new LayerNorm(scope.at('layer_norm2'), hiddenSize, layerNormEps);
  }

  forward(x_RC: Tensor, offsets: Tensor): Tensor {
    return scoped(() => {
      const attended = add(x_RC, this.#attend(this.#norm1.forward(x_RC), offsets));
      const inner = activation(
        this.#fc1.forward(this.#norm2.forward(attended)),
        this.#config.activation,
      );
      return add(attended, this.#fc2.forward(inner));
    });
  }

  /** For when it has run: until the next images come, nobody reads the weights. */
  rest(): void {
    const maps = [this.#q, this.#k, this.#v, this.#out, this.#fc1, this.#fc2];
    for (const { weight } of maps) weight.rest();
  }

  #attend(x_RC: Tensor, offsets: Tensor): Tensor {
    const { numAttentionHeads, hiddenSize } = this.#config;
    const headSize = hiddenSize / numAttentionHeads;
    const heads = (x: Tensor): Tensor => reshape(x, [x.dim(0), numAttentionHeads, headSize]);
    const maps = [this.#q, this.#k, this.#v];
    const [q, k, v] = maps.map((map) => heads(map.forward(x_RC))) as [Tensor, Tensor, Tensor];
    const reduced = maps.every(({ weight }) => weight.isReduced);
    const attrs = { scale: 1 / Math.sqrt(headSize), causal: false, window: 0, reduced };
    return this.#out.forward(reshape(attention(q, k, v, offsets, offsets, attrs), x_RC.shape));
  }
}

export interface VisionOptions {
  /** Layers keep only their input for the backward pass, which computes the rest again. */
  readonly recompute?: boolean;
}

/** A vision tower. */
export class VisionEncoder {
  readonly config: VisionEncoderConfig;
  readonly #embeddings: VisionEmbeddings;
  readonly #preNorm: LayerNorm | null;
  readonly #layers: readonly VisionLayer[];

  constructor(scope: WeightScope, config: VisionEncoderConfig) {
    this.config = config;
    this.#embeddings = new VisionEmbeddings(scope.at('embeddings'), config);
    // The reference spells it so, and so do all checkpoints.
    this.#preNorm = config.classToken
      ? new LayerNorm(scope.at('pre_layrnorm'), config.hiddenSize, config.layerNormEps)
      : null;
    this.#layers = Array.from(
      { length: config.numHiddenLayers },
      (_, i) => new VisionLayer(scope.at(`encoder.layers.${i}`), config),
    );
    // Hidden states are taken before this norm; it is kept so that it is saved again.
    new LayerNorm(scope.at('post_layernorm'), config.hiddenSize, config.layerNormEps);
  }

  get hiddenSize(): number {
    return this.config.hiddenSize;
  }

  get numHiddenLayers(): number {
    return this.config.numHiddenLayers;
  }

  get imageSize(): number {
    return this.config.imageSize;
  }

  get numChannels(): number {
    return this.config.numChannels;
  }

  get patchesPerImage(): number {
    return patchCount(this.config);
  }

  get tokensPerImage(): number {
    return patchCount(this.config) + (this.config.classToken ? 1 : 0);
  }

  /**
   * Hidden states at the wanted depths; layers above the deepest are not run.
   * @param pixels_BCHW [B, channels, imageSize, imageSize] f32
   * @param depths      0: after the embeddings; n: after layer n
   * @returns           one [B·T, C] f32 for each depth
   */
  hiddenStates(
    pixels_BCHW: Tensor,
    depths: readonly number[],
    options: VisionOptions = {},
  ): Tensor[] {
    return scoped(() => {
      const images = pixels_BCHW.dim(0);
      const tokens = this.tokensPerImage;
      const bounds = Int32Array.from({ length: images + 1 }, (_, i) => i * tokens);
      // An input of recompute(), which keeps it: a layer may run again after this scope has ended.
      const offsets = Tensor.from(bounds, [images + 1], 'i32');
      const states = new Map<number, Tensor>();
      let x = this.#embeddings.forward(pixels_BCHW);
      if (this.#preNorm) x = this.#preNorm.forward(x);
      states.set(0, x);
      for (let depth = 1; depth <= Math.max(...depths); depth++) {
        const layer = this.#layers[depth - 1] as VisionLayer;
        const next = options.recompute
          ? recompute((input: Tensor, at: Tensor) => layer.forward(input, at), [x, offsets])
          : layer.forward(x, offsets);
        layer.rest();
        if (!depths.includes(depth - 1)) x.dispose();
        states.set(depth, next);
        x = next;
      }
      return depths.map((depth) => states.get(depth) as Tensor);
    });
  }
}
