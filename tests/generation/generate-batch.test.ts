import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { join } from 'node:path';
import { DiskMediaReader } from '../../src-main/app/media-reader/media-reader.ts';
import { root } from '../../scripts/lib/paths.mjs';
import { Processor } from '../../src-main/data/processor.ts';
import { loadDataset } from '../../src-main/formats/datasets/index.ts';
import { generateBatch } from '../../src-main/generation/generate-batch.ts';
import type { BatchOptions } from '../../src-main/generation/generate-batch.ts';
import { generate } from '../../src-main/generation/generate.ts';
import type { GenerationPrompt } from '../../src-main/generation/generate.ts';
import { imageFeatures } from '../../src-main/generation/image-features.ts';
import { loadGenerationSettings } from '../../src-main/generation/settings.ts';
import type { GenerationSettings } from '../../src-main/generation/settings.ts';
import { loadModel } from '../../src-main/models/load.ts';
import type { LoadedModel } from '../../src-main/models/load.ts';
import { ensureDevice, memoryStats, synchronize } from '../../src-main/tensor/device.ts';
import { fillInPlace } from '../../src-main/tensor/ops/index.ts';
import type { Tensor } from '../../src-main/tensor/tensor.ts';

const starter = join(root, 'resources', 'starter-model');
const project = join(root, 'resources', 'sample-project');
let loaded: LoadedModel;
let processor: Processor;
let settings: GenerationSettings;
let prompts: GenerationPrompt[];
let tensorsBefore = 0;

/** Questions about ten pictures, of different lengths, one without a picture. */
beforeAll(async () => {
  ensureDevice();
  loaded = await loadModel(starter);
  processor = await Processor.load(starter, loaded.config);
  settings = await loadGenerationSettings(starter, processor.tokenizer);
  const media = new DiskMediaReader();
  const { samples } = await loadDataset(join(project, 'train.json'));
  prompts = [];
  for (const [i, sample] of samples.slice(0, 9).entries()) {
    const [question] = sample.messages;
    if (question === undefined) throw new Error('a sample without messages');
    const words = { type: 'text', text: ' And say why.'.repeat(i % 4) } as const;
    const asked = { ...question, content: [...question.content, words] };
    const options = { addGenerationPrompt: true };
    const prepared = await processor.prepare({ id: 'a', messages: [asked] }, media, options);
    const shape = [prepared.imageCount, ...processor.imageShape] as const;
    prompts.push({
      inputIds: prepared.inputIds,
      images: imageFeatures(loaded.model, { data: await prepared.loadPixels(), shape }),
    });
  }
  const message = { role: 'user', content: [{ type: 'text', text: 'What is a lens?' }] } as const;
  const options = { addGenerationPrompt: true };
  const { inputIds } = await processor.prepare({ id: 'b', messages: [message] }, media, options);
  prompts.push({ inputIds, images: null });
  await together({ maxNewTokens: 1 }); // the rotary table stays with the model
  tensorsBefore = memoryStats().tensors;
});

afterAll(() => {
  for (const { images } of prompts) (images as Tensor | null)?.dispose();
  loaded[Symbol.dispose]();
});

function together(changes: Partial<GenerationSettings>, options: BatchOptions = {}) {
  const wanted = { ...settings, ...changes };
  return generateBatch(loaded.model, processor.tokenizer, prompts, wanted, options);
}

async function oneByOne(changes: Partial<GenerationSettings>) {
  const answers = [];
  for (const prompt of prompts) {
    const wanted = { ...settings, ...changes };
    const { newTokenIds, text, finishReason } = await generate(
      ...[loaded.model, processor.tokenizer, prompt, wanted],
    );
    answers.push({ newTokenIds, text, finishReason });
  }
  return answers;
}

describe('answers written together', () => {
  test.each([
    ['in slots for all', { slots: 16 }],
    ['in three slots, taken again as they fall free', { slots: 3 }],
    ['in one slot', { slots: 1 }],
    ['in as few as the memory allows', { cacheBytes: 1 }],
  ])('are those written one by one, %s', async (_name, options) => {
    const changes = { maxNewTokens: 24 };
    const expected = await oneByOne(changes);
    // Else nothing would fall free before the end.
    expect(new Set(expected.map(({ newTokenIds }) => newTokenIds.length)).size).toBeGreaterThan(1);
    expect(await together(changes, options)).toEqual(expected);
    await synchronize();
    expect(memoryStats().tensors).toBe(tensorsBefore);
  });

  test.each([
    ['drawn', { doSample: true, temperature: 0.8, topK: 20, seed: 7 }],
    ['with a repetition penalty', { repetitionPenalty: 1.3 }],
  ])('%s are so too', async (_name, changes) => {
    const wanted = { ...changes, maxNewTokens: 12 };
    expect(await together(wanted, { slots: 4 })).toEqual(await oneByOne(wanted));
  });

  test('end with job/cancelled, and leave nothing behind', async () => {
    const stop = new AbortController();
    const answers = together({ maxNewTokens: 400, stopTokenIds: [] }, { signal: stop.signal });
    setTimeout(() => stop.abort(), 20);
    await expect(answers).rejects.toMatchObject({ code: 'job/cancelled' });
    await synchronize();
    expect(memoryStats().tensors).toBe(tensorsBefore);
  });

  test('refuse a prompt without room, and take no prompts', async () => {
    const positions = loaded.model.languageModel.config.maxPositions;
    const long = { inputIds: new Int32Array(positions).fill(5), images: null };
    const refused = generateBatch(loaded.model, processor.tokenizer, [long], settings);
    await expect(refused).rejects.toMatchObject({ code: 'generation/context-full' });
    expect(await generateBatch(loaded.model, processor.tokenizer, [], settings)).toEqual([]);
  });
});

test('a model that holds what is no number says so instead of answering', async () => {
  const damaged = await loadModel(starter, { dtype: 'f32' });
  try {
    const { value } = damaged.model.languageModel.head;
    fillInPlace(value, NaN);
    const [prompt] = prompts.slice(-1) as [GenerationPrompt];
    const wanted = { code: 'generation/not-finite', got: 'NaN' };
    const { model } = damaged;
    const once = { ...settings, maxNewTokens: 4 };
    await expect(generate(model, processor.tokenizer, prompt, once)).rejects.toMatchObject(wanted);
    const drawn = { ...once, doSample: true, repetitionPenalty: 1.1 };
    await expect(generate(model, processor.tokenizer, prompt, drawn)).rejects.toMatchObject(wanted);
    await expect(
      generateBatch(model, processor.tokenizer, [prompt, prompt], once),
    ).rejects.toMatchObject(wanted);
    await synchronize();
  } finally {
    damaged[Symbol.dispose]();
  }
  expect(memoryStats().tensors).toBe(tensorsBefore);
});
