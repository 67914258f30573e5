/**
 * LLaVA: a vision tower, a projector and a language model; projected image
 * features take the places of the image tokens. LLaVA-1.5 (CLIP + LLaMA) and
 * LLaVA-Interleave (SigLIP + Qwen2, several images) are settings of it; a video
 * is its sampled frames.
 *
 * Shape suffixes: N tokens of all sequences, D hidden size, B images, P patches,
 * C channels of the tower, V vocabulary.
 * @source arXiv:2304.08485, arXiv:2310.03744, arXiv:2407.07895; numerics as transformers'
 *         LlavaForConditionalGeneration
 */
import { LensmithError } from '../base/errors.ts';
import type { Decoder, DecoderOptions } from '../nn/decoder.ts';
import type { PackedSequences } from '../nn/sequence.ts';
import type { VisionOptions } from '../nn/vision-encoder.ts';
import type { WeightScope } from '../nn/weights.ts';
import {
  concat,
  contiguous,
  linear,
  linearCrossEntropy,
  reshape,
  scatterRows,
  slice,
} from '../tensor/ops/index.ts';
import type { CrossEntropy } from '../tensor/ops/linear-cross-entropy.ts';
import { scoped } from '../tensor/scope.ts';
import { Tensor } from '../tensor/tensor.ts';
import type { ConfigReader } from './config.ts';
import { languageArchitecture, visionArchitecture } from './families.ts';
import type { ArchitectureOf } from './families.ts';
import { MultiModalProjector } from './projector.ts';
import type { Connector, ProjectorConfig } from './projector.ts';
import type { VisionTower } from './vision-tower.ts';

export interface LlavaConfig {
  readonly imageTokenId: number;
  /** Depths of the hidden states whose channels are joined; 0 is after the embeddings. */
  readonly featureDepths: readonly number[];
  /** `default` leaves out the first token (CLIP's class token), `full` keeps all. */
  readonly selectStrategy: 'default' | 'full';
  readonly projector: ProjectorConfig;
}

/** Ids of packed sequences and the images that stand in them, in the order of their tokens. */
export interface LlavaInputs {
  /** Host ids of all sequences, [N]. */
  readonly inputIds: Int32Array;
  readonly sequences: PackedSequences;
  /** [B·imageTokens, C] selected vision features, or null without images. */
  readonly features: Tensor | null;
}

function parseConfig(config: ConfigReader, tower: VisionTower, decoder: Decoder): LlavaConfig {
  const tokenField = config.has('image_token_index') ? 'image_token_index' : 'image_token_id';
  const strategy = config.text('vision_feature_select_strategy', 'default');
  if (strategy !== 'default' && strategy !== 'full') {
    throw config.wrong('vision_feature_select_strategy', 'default or full');
  }
  const featureDepths = parseDepths(config, tower.numHiddenLayers);
  return {
    imageTokenId: config.number(tokenField, 32000),
    featureDepths,
    selectStrategy: strategy,
    projector: {
      inputSize: tower.hiddenSize * featureDepths.length,
      outputSize: decoder.config.hiddenSize,
      bias: config.flag('multimodal_projector_bias', true),
      activation:
        config.text('mm_projector_type', 'mlp2x_gelu') === 'linear'
          ? null
          : config.activation('projector_hidden_act', 'gelu'),
    },
  };
}

/** `vision_feature_layer`, one index or several into the hidden states, as depths. */
function parseDepths(config: ConfigReader, layers: number): number[] {
  const given = config.json['vision_feature_layer'] ?? -2;
  const indices: unknown[] = Array.isArray(given) ? given : [given];
  const depths = indices.map((index) =>
    typeof index === 'number' && index < 0 ? layers + 1 + index : index,
  );
  const valid = (depth: unknown): depth is number =>
    typeof depth === 'number' && Number.isInteger(depth) && depth >= 0 && depth <= layers;
  if (depths.length === 0 || !depths.every(valid)) {
    throw config.wrong('vision_feature_layer', `indices of ${layers + 1} hidden states`);
  }
  return depths;
}

export class Llava {
  readonly config: LlavaConfig;
  readonly visionTower: VisionTower;
  readonly connector: Connector;
  readonly languageModel: Decoder;

  constructor(root: WeightScope, config: ConfigReader, families: ArchitectureOf) {
    const model = root.at('model');
    this.visionTower = families.vision.build(
      model.at('vision_tower'),
      config.section('vision_config'),
    );
    this.languageModel = families.language.build(
      model.at('language_model'),
      root,
      config.section('text_config'),
    );
    this.config = parseConfig(config, this.visionTower, this.languageModel);
    this.connector = new MultiModalProjector(
      model.at('multi_modal_projector'),
      this.config.projector,
    );
  }

  /** Image tokens that one image takes in a sequence. */
  get tokensPerImage(): number {
    return this.visionTower.tokensPerImage - (this.config.selectStrategy === 'default' ? 1 : 0);
  }

  /**
   * The vision features that the projector reads.
   * @param pixels_BCHW [B, channels, H, W] f32
   * @returns           [B·tokensPerImage, C] f32; channels of several depths are joined
   */
  visionFeatures(pixels_BCHW: Tensor, options: VisionOptions = {}): Tensor {
    const { featureDepths, selectStrategy } = this.config;
    const { tokensPerImage: tokens, hiddenSize } = this.visionTower;
    const images = pixels_BCHW.dim(0);
    return scoped(() => {
      const select = (state: Tensor): Tensor => {
        if (selectStrategy === 'full') return state;
        const byImage = reshape(state, [images, tokens, hiddenSize]);
        const patches = contiguous(slice(byImage, 1, 1, tokens));
        return reshape(patches, [images * (tokens - 1), hiddenSize]);
      };
      const wanted = [...new Set(featureDepths)];
      const states = this.visionTower.hiddenStates(pixels_BCHW, wanted, options);
      const parts = featureDepths.map((depth) => select(states[wanted.indexOf(depth)] as Tensor));
      return parts.length === 1 ? (parts[0] as Tensor) : concat(parts, 1);
    });
  }

  /** Token embeddings with projected image features in the places of the image tokens, [N, D]. */
  embed(inputs: LlavaInputs): Tensor {
    const places = imagePlaces(inputs.inputIds, this.config.imageTokenId);
    const found = inputs.features?.dim(0) ?? 0;
    if (places.length !== found) {
      throw new LensmithError(
        'models/image-token-mismatch',
        'The image tokens and the image features do not match.',
        { expected: `${places.length} features for as many image tokens`, got: `${found}` },
      );
    }
    return scoped(() => {
      const ids = Tensor.from(inputs.inputIds, [inputs.inputIds.length], 'i32');
      const words = this.languageModel.embed(ids);
      if (inputs.features === null || found === 0) return words;
      const index = Tensor.from(places, [found], 'i32');
      return scatterRows(words, index, this.connector.forward(inputs.features));
    });
  }

  /** Final hidden states of every token, [N, D], or of those that `options.rows` wants. */
  hidden(inputs: LlavaInputs, options: DecoderOptions = {}): Tensor {
    return scoped(() => this.languageModel.forward(this.embed(inputs), inputs.sequences, options));
  }

  /** @param hidden [R, D] @returns logits [R, V] f32 */
  logits(hidden: Tensor): Tensor {
    return linear(hidden, this.languageModel.head.value);
  }

  /**
   * Cross-entropy of the supervised tokens; only their rows meet the head.
   * @param rows      [R] rows of [N] whose next token is supervised
   * @param targets   [R] those next tokens
   * @param rowWeight of each of them: 1 / (supervised tokens of the whole batch) for the mean
   */
  loss(
    inputs: LlavaInputs,
    { rows, targets }: { readonly rows: Int32Array; readonly targets: Int32Array },
    rowWeight: number,
    options: DecoderOptions = {},
  ): CrossEntropy {
    return scoped(() => {
      const count = rows.length;
      const hidden_RD = this.hidden(inputs, { ...options, rows });
      const target_R = Tensor.from(targets, [count], 'i32');
      const weight_R = Tensor.full([count], rowWeight);
      return linearCrossEntropy(hidden_RD, this.languageModel.head.value, target_R, weight_R);
    });
  }

  dispose(): void {
    this.languageModel.dispose();
  }
}

/** Rows of the image tokens. */
function imagePlaces(inputIds: Int32Array, imageTokenId: number): Int32Array {
  const places: number[] = [];
  inputIds.forEach((id, row) => {
    if (id === imageTokenId) places.push(row);
  });
  return Int32Array.from(places);
}

export const llava = {
  modelTypes: ['llava'],
  build(root: WeightScope, config: ConfigReader): Llava {
    return new Llava(root, config, {
      vision: visionArchitecture(config.section('vision_config')),
      language: languageArchitecture(config.section('text_config')),
    });
  },
};
