import type { VisionEncoderConfig, VisionOptions } from '../nn/vision-encoder.ts';
import type { WeightScope } from '../nn/weights.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { ConfigReader } from './config.ts';

/** An image encoder as LLaVA-like models see it. */
export interface VisionTower {
  readonly hiddenSize: number;
  readonly numHiddenLayers: number;
  readonly imageSize: number;
  readonly numChannels: number;
  /** Tokens of one image, a class token included. */
  readonly tokensPerImage: number;
  /** Patches of one image. */
  readonly patchesPerImage: number;
  /**
   * @param pixels_BCHW [B, channels, imageSize, imageSize] f32
   * @param depths      0: after the embeddings; n: after layer n
   * @returns           one [B·T, hiddenSize] for each depth
   */
  hiddenStates(pixels_BCHW: Tensor, depths: readonly number[], options?: VisionOptions): Tensor[];
}

/** One file of models/ for each kind of tower exports this. */
export interface VisionArchitecture {
  readonly modelTypes: readonly string[];
  /** Of vision_config, for who prepares images; in the names of the file. */
  readonly defaultSizes: { readonly image_size: number; readonly patch_size: number };
  /** The config with this family's defaults for what it leaves out. */
  parseConfig(config: ConfigReader): VisionEncoderConfig;
  build(scope: WeightScope, config: ConfigReader): VisionTower;
  /** Weights of the files that this tower has no use for, below the tower's name. */
  readonly ignoredWeights: readonly RegExp[];
  /** What vision_config says where those are left out, so that nobody misses them. */
  readonly configWithoutThem: Readonly<Record<string, unknown>>;
}
