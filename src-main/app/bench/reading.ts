/** What a model does before its first word: the vision tower, and the prompt. */
import { imageFeatures } from '../../generation/image-features.ts';
import { packSequences } from '../../nn/sequence.ts';
import { argmax } from '../../tensor/ops/index.ts';
import { scoped } from '../../tensor/scope.ts';
import { rate } from './figure.ts';
import type { Figure, TaskOptions } from './figure.ts';
import { prefillFloor, visionFlop } from './floor.ts';
import { time } from './timing.ts';
import { openBenchModel, benchPixels, benchPrompt, languageWork, visionWork } from './workload.ts';

export async function prefill({ format, runs, folder }: TaskOptions): Promise<Figure[]> {
  using loaded = await openBenchModel(format, folder);
  const { model } = loaded;
  using pixels = benchPixels(1);
  const pass = (inputIds: Int32Array, image: boolean): void => {
    using sequences = packSequences([inputIds.length]);
    using cache = model.languageModel.newCache(inputIds.length);
    scoped(() => {
      const features = image ? model.visionFeatures(pixels) : null;
      const rows = Int32Array.of(inputIds.length - 1);
      argmax(model.logits(model.hidden({ inputIds, sequences, features }, { cache, rows })));
    });
  };
  const withImage = benchPrompt(512, 3);
  const textOnly = benchPrompt(708, 3, false);
  return [
    rate(
      'prefill 709, with vision tower',
      709,
      'tokens/s',
      await time(runs, () => pass(withImage, true)),
      prefillFloor(languageWork([709], [1]), visionWork(1)),
    ),
    rate(
      'prefill 709, text only',
      709,
      'tokens/s',
      await time(runs, () => pass(textOnly, false)),
      prefillFloor(languageWork([709], [1]), null),
    ),
  ];
}

export async function vision({ format, runs, folder }: TaskOptions): Promise<Figure[]> {
  using loaded = await openBenchModel(format, folder);
  using pixels = benchPixels(4);
  const data = await pixels.readFloats();
  const shape = [4, ...pixels.shape.slice(1)] as unknown as Parameters<
    typeof imageFeatures
  >[1]['shape'];
  const timing = await time(runs, () =>
    scoped(() => {
      const features = imageFeatures(loaded.model, { data, shape });
      if (features) loaded.model.connector.forward(features);
      features?.dispose();
    }),
  );
  const floor = { flop: visionFlop(visionWork(4)), bytes: 0 };
  return [rate('vision tower + projector, batch 4', 4, 'images/s', timing, floor)];
}
