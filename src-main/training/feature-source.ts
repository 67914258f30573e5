/** Vision features of a tower that does not train: computed once, then read. */
import { createHash } from 'node:crypto';
import type { FeatureCache, FeatureShape } from '../data/feature-cache.ts';
import type { PreparedSample } from '../data/processor.ts';
import type { LoadedModel } from '../models/load.ts';
import { deviceInfo } from '../tensor/device.ts';
import { scoped } from '../tensor/scope.ts';
import { Tensor } from '../tensor/tensor.ts';
import { partOf } from './parts.ts';
import { bytesOf } from './tensor-files.ts';

/**
 * What decides the features of an image: the tower's weights and adapters, the
 * layers that are read, the image processor, the device whose rounding they carry.
 */
export async function featureIdentity(
  loaded: LoadedModel,
  processorIdentity: string,
): Promise<string> {
  const hash = createHash('sha256');
  const { featureDepths, selectStrategy } = loaded.model.config;
  const { name: device, description } = deviceInfo();
  const identity = [2, featureDepths, selectStrategy, processorIdentity];
  hash.update(JSON.stringify([...identity, { name: device, description }]));
  hash.update(JSON.stringify(loaded.config['vision_config'] ?? null));
  for (const [name, parameter] of loaded.weights.parameters) {
    if (partOf(name) !== 'vision') continue;
    hash.update(`${name} ${parameter.dtype} ${parameter.shape.join('x')}\n`);
    for (const tensor of parameter.tensors) hash.update(await bytesOf(tensor));
  }
  for (const [path, { adapter }] of loaded.weights.linears) {
    if (adapter === null || partOf(path) !== 'vision') continue;
    hash.update(`${path} ${adapter.options.scale}\n`);
    hash.update(await bytesOf(adapter.a.value));
    hash.update(await bytesOf(adapter.b.value));
  }
  return hash.digest('hex');
}

export class FrozenFeatures {
  readonly #loaded: LoadedModel;
  readonly #cache: FeatureCache | null;
  readonly #shape: FeatureShape;

  constructor(loaded: LoadedModel, cache: FeatureCache | null) {
    this.#loaded = loaded;
    this.#cache = cache;
    const { model } = loaded;
    const columns = model.visionTower.hiddenSize * model.config.featureDepths.length;
    this.#shape = { rows: model.tokensPerImage, columns };
  }

  /** Channels of a feature row. */
  get columns(): number {
    return this.#shape.columns;
  }

  /**
   * Features of all images of a sample, [images · tokensPerImage · C]. Images go
   * through the tower one by one: how many there are in a batch would show in the
   * last bits, and a resumed run finds other ones in the cache.
   */
  async of(sample: PreparedSample, signal?: AbortSignal): Promise<Float32Array> {
    const size = this.#shape.rows * this.#shape.columns;
    const features = new Float32Array(sample.imageCount * size);
    if (sample.imageCount === 0) return features;
    const keys = this.#cache === null ? null : await imageKeys(sample, signal);
    let pixels: Float32Array | null = null;
    for (let image = 0; image < sample.imageCount; image++) {
      const key = keys?.[image];
      const held = key === undefined ? null : await this.#cache?.read(key, this.#shape);
      let values = held ?? null;
      if (values === null) {
        pixels ??= await sample.loadPixels(signal);
        values = await this.#compute(pixels, image, sample.imageCount);
        if (key !== undefined) await this.#cache?.write(key, this.#shape, values);
      }
      features.set(values, image * size);
    }
    return features;
  }

  async #compute(pixels: Float32Array, image: number, images: number): Promise<Float32Array> {
    const { visionTower } = this.#loaded.model;
    const { numChannels, imageSize } = visionTower;
    const size = pixels.length / images;
    const one = pixels.subarray(image * size, (image + 1) * size);
    const features = scoped(() => {
      const shape = [1, numChannels, imageSize, imageSize];
      return this.#loaded.model.visionFeatures(Tensor.from(one, shape));
    }).keep();
    try {
      return await features.readFloats();
    } finally {
      features.dispose();
    }
  }
}

/** One key for each image; frames of a video share their part's key. */
async function imageKeys(sample: PreparedSample, signal?: AbortSignal): Promise<string[]> {
  const parts = await sample.mediaKeys(signal);
  return parts.flatMap(({ key, images }) =>
    Array.from({ length: images }, (_, frame) => `${key}#${frame}/${images}`),
  );
}
