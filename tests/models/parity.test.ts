/** The whole path, from files to logits and gradients, against golden values of the reference. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DiskMediaReader } from '../../src-main/app/media-reader/media-reader.ts';
import { Tape } from '../../src-main/autograd/tape.ts';
import { Processor } from '../../src-main/data/processor.ts';
import type { PreparedSample } from '../../src-main/data/processor.ts';
import { supervisedRows } from '../../src-main/data/supervised-rows.ts';
import { canonicalModulePath } from '../../src-main/formats/adapters/module-names.ts';
import { generate } from '../../src-main/generation/generate.ts';
import { loadGenerationSettings } from '../../src-main/generation/settings.ts';
import { loadModel } from '../../src-main/models/load.ts';
import type { LoadedModel } from '../../src-main/models/load.ts';
import { packSequences } from '../../src-main/nn/sequence.ts';
import { scoped } from '../../src-main/tensor/scope.ts';
import { Tensor } from '../../src-main/tensor/tensor.ts';
import { isSoftware } from '../support/devices.ts';
import { fixtureCase, largestDifference, norm, sampleOf } from '../support/fixture-case.ts';
import type { FixtureCase } from '../support/fixture-case.ts';
import { onDevices } from '../support/on-devices.ts';

const cases = [
  ['llava15', 'single'],
  ['llava15', 'multiturn'],
  ['llava15', 'text_only'],
  ['llava15', 'two_images'],
  ['interleave', 'single'],
  ['interleave', 'three_images'],
] as const;

/** One of each family where a driver only imitates a graphics card. */
const softwareCases: readonly (typeof cases)[number][] = [
  ['llava15', 'single'],
  ['interleave', 'three_images'],
];

const media = new DiskMediaReader();

/**
 * Some gradients are zero but for rounding: softmax does not feel a bias of the keys. What lies
 * below this part of all gradients together is compared with that floor.
 */
const roundingFloor = 1e-5;

/** Relative to the size of the wanted tensor: ‖a − b‖ / max(‖b‖, floor). */
function relativeError(a: Float32Array, b: Float32Array, floor: number): number {
  return norm(a.map((value, i) => value - (b[i] as number))) / Math.max(norm(b), floor);
}

async function gradientsOf(
  loaded: LoadedModel,
  prepared: PreparedSample,
  pixels: Tensor | null,
  recompute: number,
): Promise<{ loss: number; gradients: Map<string, Float32Array> }> {
  for (const parameter of loaded.weights.parameters.values()) parameter.trainable = true;
  const supervised = supervisedRows(prepared.labels);
  const tape = new Tape();
  using sequences = packSequences([prepared.inputIds.length]);
  const loss = scoped(() =>
    tape.run(() => {
      const features = pixels && loaded.model.visionFeatures(pixels, { recompute: recompute > 0 });
      const inputs = { inputIds: prepared.inputIds, sequences, features };
      return loaded.model.loss(inputs, supervised, 1 / supervised.rows.length, { recompute }).loss;
    }),
  );
  using found = tape.backward(loss);
  const gradients = new Map<string, Float32Array>();
  for (const [name, parameter] of loaded.weights.parameters) {
    using gradient = found.take(parameter.value.id);
    if (gradient) gradients.set(name, await gradient.readFloats());
  }
  const value = await loss.item();
  loss.dispose();
  return { loss: value, gradients };
}

function parityOf(family: string, name: string): void {
  let golden: FixtureCase;
  let loaded: LoadedModel;
  let processor: Processor;
  let prepared: PreparedSample;
  let pixels: Tensor | null = null;

  beforeAll(async () => {
    golden = await fixtureCase(family, name);
    loaded = await loadModel(golden.checkpoint);
    processor = await Processor.load(golden.checkpoint, loaded.config);
    prepared = await processor.prepare(sampleOf(golden), media);
    if (prepared.imageCount > 0) {
      const shape = [prepared.imageCount, ...processor.imageShape];
      pixels = Tensor.from(await prepared.loadPixels(), shape);
    }
  });

  afterAll(() => {
    pixels?.dispose();
    loaded[Symbol.dispose]();
  });

  test('prompt, ids and labels are identical', () => {
    expect(prepared.prompt).toBe(golden.prompt);
    expect([...prepared.inputIds]).toEqual(golden.inputIds);
    expect([...prepared.labels]).toEqual(golden.labels);
  });

  test('pixel values, vision features, projection and logits', async () => {
    const { model } = loaded;
    using features = pixels && model.visionFeatures(pixels);
    if (pixels && features) {
      const pixelValues = await pixels.readFloats();
      expect(largestDifference(pixelValues, await golden.tensor('in.pixel_values'))).toBeLessThan(
        1e-5,
      );
      const selected = await golden.tensor('act.vision_selected');
      expect(largestDifference(await features.readFloats(), selected)).toBeLessThan(1e-4);
      using projected = scoped(() => model.connector.forward(features));
      const wanted = await golden.tensor('act.projector_out');
      expect(largestDifference(await projected.readFloats(), wanted)).toBeLessThan(1e-4);
    } else {
      expect(golden.tensorNames).not.toContain('in.pixel_values');
    }
    using logits = scoped(() => {
      using sequences = packSequences([prepared.inputIds.length]);
      return model.logits(model.hidden({ inputIds: prepared.inputIds, sequences, features }));
    });
    const wanted = await golden.tensor('out.logits');
    expect(largestDifference(await logits.readFloats(), wanted)).toBeLessThan(1e-4);
  });

  test.each([0, Infinity])('loss and every gradient, recompute %s', async (recompute) => {
    const { loss, gradients } = await gradientsOf(loaded, prepared, pixels, recompute);
    expect(Math.abs(loss - golden.loss)).toBeLessThan(1e-5);
    const listed = golden.tensorNames.filter((key) => key.startsWith('grad.'));
    expect(listed.length).toBeGreaterThan(4);
    const floor = roundingFloor * norm(Object.values(golden.gradNorms).map((value) => value ?? 0));
    for (const key of listed) {
      const found = gradients.get(canonicalModulePath(key.slice('grad.'.length)));
      expect(found, key).toBeDefined();
      const error = relativeError(found as Float32Array, await golden.tensor(key), floor);
      expect(error, key).toBeLessThan(1e-3);
    }
    for (const [key, wanted] of Object.entries(golden.gradNorms)) {
      const found = gradients.get(canonicalModulePath(key));
      if (wanted === null || wanted === 0) expect(norm(found ?? []), key).toBe(0);
      else {
        const error = Math.abs(norm(found ?? []) - wanted) / Math.max(wanted, floor);
        expect(error, key).toBeLessThan(1e-3);
      }
    }
    expect(Object.keys(golden.gradNorms).length).toBeGreaterThanOrEqual(gradients.size);
  });

  test.each([true, false])('twelve greedy tokens, cache %s', async (useCache) => {
    const settings = await loadGenerationSettings(golden.checkpoint, processor.tokenizer);
    const question = await processor.prepare(
      sampleOf(golden, golden.messages.slice(0, -1)),
      media,
      {
        addGenerationPrompt: true,
      },
    );
    expect([...question.inputIds]).toEqual(golden.greedyPromptIds);
    const images =
      question.imageCount === 0
        ? null
        : {
            data: await question.loadPixels(),
            shape: [question.imageCount, ...processor.imageShape] as const,
          };
    const answer = await generate(
      loaded.model,
      processor.tokenizer,
      { inputIds: question.inputIds, images },
      { ...settings, maxNewTokens: 12 },
      { useCache, ignoreEos: true },
    );
    expect(answer.newTokenIds).toEqual(golden.greedyIds);
  });
}

onDevices('parity', (device) => {
  const run = isSoftware(device) ? softwareCases : cases;
  // Software drivers compile each kernel anew, on a machine that may be busy.
  describe.each(run)('%s/%s', { timeout: 180_000 }, parityOf);
  if (run === softwareCases) {
    const names = run.map(String);
    const left = cases.filter((one) => !names.includes(String(one))).map((one) => one.join('/'));
    const reason = `long on a software driver, run on the CPU and on graphics cards: ${left.join(', ')}`;
    test('other cases', (context) => context.skip(true, reason));
  }
});
