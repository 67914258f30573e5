import { LensmithError } from '../base/errors.ts';
import { Tensor } from '../tensor/tensor.ts';

/** How positions beyond the trained length are reached, as config.json says it. */
export type RopeScaling =
  | { readonly type: 'default' }
  | { readonly type: 'linear'; readonly factor: number }
  | { readonly type: 'dynamic'; readonly factor: number; readonly originalMaxPositions: number }
  | {
      readonly type: 'llama3';
      readonly factor: number;
      readonly lowFrequencyFactor: number;
      readonly highFrequencyFactor: number;
      readonly originalMaxPositions: number;
    }
  | {
      readonly type: 'yarn';
      readonly factor: number;
      readonly betaFast: number;
      readonly betaSlow: number;
      readonly originalMaxPositions: number;
      /** Factor of the rotated vectors; null derives it from `factor`. */
      readonly attentionFactor: number | null;
      readonly mscale: number | null;
      readonly mscaleAllDim: number | null;
      /** Whether the correction range is rounded to whole dimensions. */
      readonly truncate: boolean;
    };

export interface RotaryConfig {
  readonly theta: number;
  readonly headSize: number;
  readonly scaling: RopeScaling;
}

export interface RotaryTable {
  /** [headSize / 2] */
  readonly inverseFrequency: Float32Array;
  /** Factor of the rotated vectors. */
  readonly scale: number;
}

/**
 * Inverse frequencies theta^(−2i / headSize) with the scaling applied.
 * @param sequenceLength positions in use; only `dynamic` looks at it
 * @source arXiv:2104.09864; scalings as transformers' modeling_rope_utils (linear, dynamic NTK,
 *         llama3; yarn: arXiv:2309.00071)
 */
export function rotaryTable(config: RotaryConfig, sequenceLength: number): RotaryTable {
  const { headSize, theta, scaling } = config;
  const plain = (base: number): number[] =>
    Array.from({ length: headSize / 2 }, (_, i) => 1 / base ** ((2 * i) / headSize));
  const table = (values: number[], scale = 1): RotaryTable => ({
    inverseFrequency: Float32Array.from(values),
    scale,
  });
  switch (scaling.type) {
    case 'default':
      return table(plain(theta));
    case 'linear':
      return table(plain(theta).map((f) => f / scaling.factor));
    case 'dynamic': {
      const length = Math.max(sequenceLength, scaling.originalMaxPositions);
      const stretch = (scaling.factor * length) / scaling.originalMaxPositions - scaling.factor + 1;
      return table(plain(theta * stretch ** (headSize / (headSize - 2))));
    }
    case 'llama3':
      return table(plain(theta).map((f) => llama3Frequency(f, scaling)));
    case 'yarn':
      return table(yarnFrequencies(plain(theta), config, scaling), yarnScale(scaling));
  }
}

/**
 * Positions that a decoder reaches: as many as its config says, or those it was trained for times
 * the stretch of its scaling, which `max_position_embeddings` need not count.
 */
export function reachOf(scaling: RopeScaling, maxPositions: number): number {
  if (scaling.type === 'default') return maxPositions;
  const trained = scaling.type === 'linear' ? maxPositions : scaling.originalMaxPositions;
  return Math.max(maxPositions, Math.floor(trained * scaling.factor));
}

type Llama3 = Extract<RopeScaling, { type: 'llama3' }>;
type Yarn = Extract<RopeScaling, { type: 'yarn' }>;

/** Long wavelengths are stretched, short ones kept, those between blended. */
function llama3Frequency(frequency: number, s: Llama3): number {
  const wavelength = (2 * Math.PI) / frequency;
  if (wavelength < s.originalMaxPositions / s.highFrequencyFactor) return frequency;
  if (wavelength > s.originalMaxPositions / s.lowFrequencyFactor) return frequency / s.factor;
  const smooth =
    (s.originalMaxPositions / wavelength - s.lowFrequencyFactor) /
    (s.highFrequencyFactor - s.lowFrequencyFactor);
  return ((1 - smooth) * frequency) / s.factor + smooth * frequency;
}

function yarnFrequencies(plain: number[], config: RotaryConfig, s: Yarn): number[] {
  const { headSize, theta } = config;
  const dimension = (rotations: number): number =>
    (headSize * Math.log(s.originalMaxPositions / (rotations * 2 * Math.PI))) /
    (2 * Math.log(theta));
  const low = Math.max(0, s.truncate ? Math.floor(dimension(s.betaFast)) : dimension(s.betaFast));
  const high = Math.min(
    headSize - 1,
    s.truncate ? Math.ceil(dimension(s.betaSlow)) : dimension(s.betaSlow),
  );
  const width = high === low ? 0.001 : high - low;
  return plain.map((frequency, i) => {
    const stretched = Math.min(1, Math.max(0, (i - low) / width));
    return (frequency / s.factor) * stretched + frequency * (1 - stretched);
  });
}

function yarnScale(s: Yarn): number {
  if (s.attentionFactor !== null) return s.attentionFactor;
  const mscale = (weight: number): number =>
    s.factor <= 1 ? 1 : 0.1 * weight * Math.log(s.factor) + 1;
  return s.mscale && s.mscaleAllDim ? mscale(s.mscale) / mscale(s.mscaleAllDim) : mscale(1);
}

/** The table on the device, made again only when the sequence grows past what it was made for. */
export class RotaryEmbedding {
  readonly #config: RotaryConfig;
  #table: { tensor: Tensor; scale: number; length: number } | null = null;

  constructor(config: RotaryConfig) {
    if (config.headSize % 2 !== 0) {
      throw new LensmithError('models/bad-config', 'Rotary embedding needs an even head size.', {
        got: String(config.headSize),
      });
    }
    this.#config = config;
  }

  /** @param length largest position in use, plus one */
  table(length: number): { readonly inverseFrequency: Tensor; readonly scale: number } {
    const dynamic = this.#config.scaling.type === 'dynamic';
    if (this.#table === null || (dynamic && this.#table.length !== length)) {
      const { inverseFrequency, scale } = rotaryTable(this.#config, length);
      this.dispose();
      const tensor = Tensor.from(inverseFrequency, [inverseFrequency.length]).keep();
      this.#table = { tensor, scale, length };
    }
    return { inverseFrequency: this.#table.tensor, scale: this.#table.scale };
  }

  dispose(): void {
    this.#table?.tensor.dispose();
    this.#table = null;
  }
}
