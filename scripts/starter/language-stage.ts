import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packSamples } from '../../src-main/data/packing.ts';
import type { PackedBatch } from '../../src-main/data/packing.ts';
import type { LoadedModel } from '../../src-main/models/load.ts';
import { packSequences } from '../../src-main/nn/sequence.ts';
import { Tensor } from '../../src-main/tensor/tensor.ts';
import { trainWeights } from '../../src-main/training/parts.ts';
import type { StarterData } from './data.ts';
import { makeEncoder } from './encode.ts';
import type { Stage, StageSettings } from './loop.ts';
import { scoreEvalSets } from './score.ts';

interface LanguageBatch {
  readonly packed: PackedBatch;
  readonly images: number;
  readonly pixels: Float32Array;
}

/** Stage two: the whole model learns to answer; the tower, which knows things already, more slowly. */
export async function languageStage(
  loaded: LoadedModel,
  data: StarterData,
  settings: StageSettings & { readonly towerRate: number },
  dir: string,
): Promise<Stage<LanguageBatch>> {
  const encode = await makeEncoder({ ...loaded.config });
  const { model } = loaded;
  const { imageSize } = model.visionTower;
  return {
    settings,
    dir,
    name: 'language',
    trainables: trainWeights(loaded, () => true),
    rateOf: ({ part }) => (part === 'vision' ? settings.towerRate : 1),
    batch(step) {
      const first = step * settings.batchSize;
      const samples = Array.from({ length: settings.batchSize }, (_, i) =>
        encode(data.trainSample(first + i)),
      );
      const images = samples.flatMap(({ pixels }) => (pixels === null ? [] : [pixels]));
      const pixels = new Float32Array(images.length * 3 * imageSize ** 2);
      images.forEach((image, i) => pixels.set(image, i * image.length));
      return { packed: packSamples(samples), images: images.length, pixels };
    },
    loss({ packed, images, pixels }) {
      using sequences = packSequences(packed.lengths);
      const shape = [images, 3, imageSize, imageSize];
      const features = images > 0 ? model.visionFeatures(Tensor.from(pixels, shape)) : null;
      const inputs = { inputIds: packed.inputIds, sequences, features };
      return model.loss(inputs, packed, 1 / packed.rows.length).loss;
    },
    async evaluate(step) {
      const scores = await scoreEvalSets(loaded, data, encode);
      console.log(`language step ${step}: ${JSON.stringify(scores.overall)}`);
      await writeFile(join(dir, 'scores.json'), `${JSON.stringify(scores, null, 2)}\n`);
    },
  };
}
