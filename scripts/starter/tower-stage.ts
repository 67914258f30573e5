import { loadImageProcessor } from '../../src-main/data/image-processor.ts';
import type { LoadedModel } from '../../src-main/models/load.ts';
import { Parameter } from '../../src-main/nn/parameter.ts';
import {
  add,
  argmax,
  gatherRows,
  layerNorm,
  linear,
  linearCrossEntropy,
  randomFillInPlace,
  reshape,
  slice,
  contiguous,
} from '../../src-main/tensor/ops/index.ts';
import { scoped } from '../../src-main/tensor/scope.ts';
import { Tensor } from '../../src-main/tensor/tensor.ts';
import { isDecayed } from '../../src-main/training/parts.ts';
import type { Trainable } from '../../src-main/training/parts.ts';
import { COLOUR_NAMES } from './colours.ts';
import { IMAGE_SIZE } from './data.ts';
import type { StarterData } from './data.ts';
import type { Stage, StageSettings } from './loop.ts';
import { MODEL_DIR } from './sources.ts';

interface TowerBatch {
  readonly images: number;
  readonly pixels: Float32Array;
  readonly concepts: Int32Array;
  readonly conceptWeights: Float32Array;
  /** Patches whose colour has a word. */
  readonly colourRows: Int32Array;
  readonly colours: Int32Array;
}

const backgroundWeight = 0.15;
const norm = 'model.vision_tower.post_layernorm';

/**
 * Stage one: the tower alone learns to say of every patch which thing lies there
 * and in which colour. Two linear maps that are thrown away afterwards read the
 * normalised last layer.
 */
export async function towerStage(
  loaded: LoadedModel,
  data: StarterData,
  settings: StageSettings,
  dir: string,
): Promise<Stage<TowerBatch>> {
  const processor = await loadImageProcessor(MODEL_DIR);
  const { visionTower } = loaded.model;
  const conceptHead = freshHead('concepts', data.conceptNames.length, visionTower.hiddenSize);
  const colourHead = freshHead('colours', COLOUR_NAMES.length, visionTower.hiddenSize);
  const weight = (name: string): Tensor => (loaded.weights.parameters.get(name) as Parameter).value;
  const trainables = [
    ...[...loaded.weights.parameters].filter(([name]) => name.startsWith('model.vision_tower.')),
    ...[conceptHead, colourHead].map((head) => [head.name, head] as const),
  ].map(([name, parameter]): Trainable => {
    parameter.trainable = true;
    return { name, parameter, part: 'vision', decayed: isDecayed(name) };
  });

  /** Normalised patch features, [images · patches, hidden]. */
  const features = (batch: TowerBatch): Tensor => {
    const shape = [batch.images, 3, IMAGE_SIZE, IMAGE_SIZE];
    const pixels = Tensor.from(batch.pixels, shape);
    const [states] = visionTower.hiddenStates(pixels, [visionTower.numHiddenLayers]);
    const { tokensPerImage: tokens, hiddenSize, patchesPerImage } = visionTower;
    const byImage = reshape(states as Tensor, [batch.images, tokens, hiddenSize]);
    const patches = contiguous(slice(byImage, 1, tokens - patchesPerImage, tokens));
    const rows = reshape(patches, [batch.images * patchesPerImage, hiddenSize]);
    return layerNorm(rows, weight(`${norm}.weight`), weight(`${norm}.bias`), 1e-5);
  };
  const makeBatch = (first: number, images: number): TowerBatch => {
    const samples = Array.from({ length: images }, (_, i) => data.towerSample(first + i));
    const pixels = new Float32Array(images * 3 * IMAGE_SIZE ** 2);
    samples.forEach(({ image }, i) => {
      const processed = processor.process({ width: IMAGE_SIZE, height: IMAGE_SIZE, data: image });
      pixels.set(processed.data, i * processed.data.length);
    });
    const concepts = Int32Array.from(samples.flatMap((sample) => [...sample.concepts]));
    const allColours = samples.flatMap((sample) => [...sample.colours]);
    const colourRows = allColours.flatMap((colour, row) => (colour >= 0 ? [row] : []));
    const raw = Float32Array.from(concepts, (concept) => (concept === 0 ? backgroundWeight : 1));
    const total = raw.reduce((sum, w) => sum + w, 0);
    return {
      images,
      pixels,
      concepts,
      conceptWeights: raw.map((w) => w / total),
      colourRows: Int32Array.from(colourRows),
      colours: Int32Array.from(colourRows, (row) => allColours[row] as number),
    };
  };
  return {
    settings,
    dir,
    name: 'tower',
    trainables,
    rateOf: () => 1,
    batch: (step) => makeBatch(step * settings.batchSize, settings.batchSize),
    loss(batch) {
      const x = features(batch);
      const patches = batch.concepts.length;
      const concept = linearCrossEntropy(
        x,
        conceptHead.value,
        Tensor.from(batch.concepts, [patches], 'i32'),
        Tensor.from(batch.conceptWeights, [patches]),
      );
      const coloured = batch.colours.length;
      const colour = linearCrossEntropy(
        gatherRows(x, Tensor.from(batch.colourRows, [coloured], 'i32')),
        colourHead.value,
        Tensor.from(batch.colours, [coloured], 'i32'),
        Tensor.full([coloured], 1 / Math.max(1, coloured)),
      );
      return add(concept.loss, colour.loss, 0.5);
    },
    async evaluate(step) {
      const batch = makeBatch(100_000_000, 100);
      using best = scoped(() => argmax(linear(features(batch), conceptHead.value)));
      const found = await best.readInts();
      const objects = [...batch.concepts.keys()].filter((row) => batch.concepts[row] !== 0);
      const right = objects.filter((row) => found[row] === batch.concepts[row]).length;
      console.log(
        `tower step ${step}: ${((100 * right) / objects.length).toFixed(1)} % of object patches named`,
      );
    },
  };
}

function freshHead(name: string, classes: number, size: number): Parameter {
  const value = Tensor.empty([classes, size]).keep();
  randomFillInPlace(value, { kind: 'normal', a: 0, b: 0.02, seed: classes, stream: 0 });
  return new Parameter(`head.${name}`, [classes, size], 'f32', value);
}
