import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DiskMediaReader } from '../../src-main/app/media-reader/media-reader.ts';
import { Processor } from '../../src-main/data/processor.ts';
import { generate } from '../../src-main/generation/generate.ts';
import type { GenerationOptions, GenerationPrompt } from '../../src-main/generation/generate.ts';
import { imageFeatures } from '../../src-main/generation/image-features.ts';
import { loadGenerationSettings } from '../../src-main/generation/settings.ts';
import type { GenerationSettings } from '../../src-main/generation/settings.ts';
import { loadModel } from '../../src-main/models/load.ts';
import type { LoadedModel } from '../../src-main/models/load.ts';
import { ensureDevice, memoryStats, synchronize } from '../../src-main/tensor/device.ts';
import { fixtureCase, fixtures, largestDifference, sampleOf } from '../support/fixture-case.ts';

let loaded: LoadedModel;
let processor: Processor;
let settings: GenerationSettings;
let prompt: GenerationPrompt;
let tensorsBefore = 0;

beforeAll(async () => {
  ensureDevice();
  const golden = await fixtureCase('llava15', 'two_images');
  loaded = await loadModel(golden.checkpoint);
  processor = await Processor.load(golden.checkpoint, loaded.config);
  settings = await loadGenerationSettings(golden.checkpoint, processor.tokenizer);
  const messages = golden.messages.slice(0, -1);
  const media = new DiskMediaReader();
  const options = { addGenerationPrompt: true };
  const prepared = await processor.prepare(sampleOf(golden, messages), media, options);
  const shape = [prepared.imageCount, ...processor.imageShape] as const;
  prompt = { inputIds: prepared.inputIds, images: { data: await prepared.loadPixels(), shape } };
  await ask({ maxNewTokens: 1 }); // the rotary table stays with the model
  tensorsBefore = memoryStats().tensors;
});

afterAll(() => loaded[Symbol.dispose]());

function ask(changes: Partial<GenerationSettings>, options: GenerationOptions = {}) {
  return generate(loaded.model, processor.tokenizer, prompt, { ...settings, ...changes }, options);
}

describe('memory', () => {
  test('nothing is left behind, and more tokens need no more', async () => {
    const peaks: number[] = [];
    for (const maxNewTokens of [20, 200]) {
      const capacity = { maxNewTokens, stopTokenIds: [] };
      const live: number[] = [];
      await ask(capacity, { onToken: () => live.push(memoryStats().tensors) });
      peaks.push(Math.max(...live.slice(5)));
      await synchronize();
      expect(memoryStats().tensors).toBe(tensorsBefore);
    }
    expect(peaks[1]).toBe(peaks[0]);
  });

  test.each([true, false])('cancelled after three tokens, cache %s', async (useCache) => {
    const stop = new AbortController();
    let seen = 0;
    const onToken = (): void => void (++seen === 3 && stop.abort());
    const options = { onToken, signal: stop.signal, useCache };
    const answer = ask({ maxNewTokens: 500, stopTokenIds: [] }, options);
    await expect(answer).rejects.toMatchObject({ code: 'job/cancelled' });
    expect(seen).toBeLessThanOrEqual(4);
    await synchronize();
    expect(memoryStats().tensors).toBe(tensorsBefore);
    expect((await ask({ maxNewTokens: 2 })).newTokenIds.length).toBeGreaterThan(0);
  });

  test('a signal that is aborted already starts nothing', async () => {
    await expect(ask({}, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'job/cancelled',
    });
    expect(memoryStats().tensors).toBe(tensorsBefore);
  });
});

describe('stopping', () => {
  test('a stop token ends the answer and is part of it', async () => {
    const free = await ask({ maxNewTokens: 10, stopTokenIds: [] });
    expect(free.finishReason).toBe('length');
    const stop = free.newTokenIds[4] as number;
    const stopped = await ask({ maxNewTokens: 10, stopTokenIds: [stop] });
    expect(stopped.newTokenIds).toEqual(
      free.newTokenIds.slice(0, free.newTokenIds.indexOf(stop) + 1),
    );
    expect(stopped.finishReason).toBe('stop');
    const ignored = await ask({ maxNewTokens: 10, stopTokenIds: [stop] }, { ignoreEos: true });
    expect(ignored.newTokenIds).toEqual(free.newTokenIds);
  });

  test('the context ends it too, and a prompt that fills it is an error', async () => {
    const positions = loaded.model.languageModel.config.maxPositions;
    const fill = (length: number): GenerationPrompt => ({
      inputIds: new Int32Array(length).fill(5),
      images: null,
    });
    const nearlyFull = fill(positions - 2);
    const run = (p: GenerationPrompt) =>
      generate(loaded.model, processor.tokenizer, p, { ...settings, stopTokenIds: [] });
    expect(await run(nearlyFull)).toMatchObject({
      finishReason: 'context',
      newTokenIds: { length: 2 },
    });
    for (const length of [0, positions, positions + 1]) {
      await expect(run(fill(length))).rejects.toMatchObject({ code: 'generation/context-full' });
    }
  });
});

describe('sampling', () => {
  const sampled = { doSample: true, maxNewTokens: 24, stopTokenIds: [], temperature: 2, topK: 0 };

  test('a seed gives the same answer, another one another', async () => {
    const first = await ask({ ...sampled, seed: 1 });
    expect((await ask({ ...sampled, seed: 1 })).newTokenIds).toEqual(first.newTokenIds);
    expect((await ask({ ...sampled, seed: 2 })).newTokenIds).not.toEqual(first.newTokenIds);
  });

  test('with and without cache draw alike', async () => {
    const changes = { ...sampled, repetitionPenalty: 1.3, topK: 40, topP: 0.9, maxNewTokens: 8 };
    const [cached, uncached] = [await ask(changes), await ask(changes, { useCache: false })];
    expect(uncached.newTokenIds).toEqual(cached.newTokenIds);
  });

  test('top-k 1 is greedy', async () => {
    const greedy = await ask({ maxNewTokens: 12, stopTokenIds: [] });
    const top = await ask({ ...sampled, topK: 1, maxNewTokens: 12 });
    expect(top.newTokenIds).toEqual(greedy.newTokenIds);
  });

  test('a strong repetition penalty never says a token twice', async () => {
    const { newTokenIds } = await ask({
      maxNewTokens: 40,
      stopTokenIds: [],
      repetitionPenalty: 1e6,
    });
    expect(new Set(newTokenIds).size).toBe(40);
    for (const id of newTokenIds) expect(prompt.inputIds).not.toContain(id);
  });

  test.each([
    { temperature: 0 },
    { topP: 0 },
    { topP: 1.1 },
    { topK: -1 },
    { maxNewTokens: 0 },
    { repetitionPenalty: 0 },
    { temperature: NaN },
  ])('%j is refused', async (changes) => {
    await expect(ask(changes)).rejects.toMatchObject({ code: 'generation/bad-config' });
  });
});

test('streamed pieces join to the text', async () => {
  const pieces: string[] = [];
  const ids: number[] = [];
  const onToken = (id: number, text: string): void => void (pieces.push(text), ids.push(id));
  const answer = await ask({ maxNewTokens: 30, stopTokenIds: [] }, { onToken });
  expect(ids).toEqual(answer.newTokenIds);
  expect(pieces.join('')).toBe(answer.text);
  expect(answer.text).toBe(processor.tokenizer.decode(ids, { skipSpecialTokens: true }));
});

test('features made a few images at a time are the same', async () => {
  const images = prompt.images as { data: Float32Array; shape: [number, number, number, number] };
  const [, channels, height, width] = images.shape;
  const data = Float32Array.from([...images.data, ...images.data.map((x) => -x), ...images.data]);
  const shape = [6, channels, height, width] as const;
  using whole = imageFeatures(loaded.model, { data, shape }, 6);
  using parts = imageFeatures(loaded.model, { data, shape }, 4);
  const [a, b] = [await whole?.readFloats(), await parts?.readFloats()];
  expect(a?.length).toBe(6 * loaded.model.tokensPerImage * 48);
  expect(largestDifference(a ?? [], b ?? [])).toBeLessThan(1e-5);
});

test('settings of the folder are read, with the tokenizer as the fallback for the stop', async () => {
  const { special } = processor.tokenizer;
  expect(settings).toMatchObject({ doSample: false, stopTokenIds: [2], topK: 50, topP: 1 });
  const none = await loadGenerationSettings(join(fixtures, 'nowhere'), { special });
  expect(none.stopTokenIds).toEqual([special.eos?.id]);
  const cold = mkdtempSync(join(tmpdir(), 'lensmith-generation-'));
  const json = { do_sample: true, temperature: 0, eos_token_id: [2, 7] };
  writeFileSync(join(cold, 'generation_config.json'), JSON.stringify(json));
  const greedy = await loadGenerationSettings(cold, { special });
  rmSync(cold, { recursive: true });
  expect(greedy).toMatchObject({ doSample: false, stopTokenIds: [2, 7] });
});

test('without a file of its own, what stops stands in config.json', async () => {
  const { special } = processor.tokenizer;
  const dir = mkdtempSync(join(tmpdir(), 'lensmith-generation-'));
  const stopsFor = async (config: object): Promise<readonly number[]> => {
    writeFileSync(join(dir, 'config.json'), JSON.stringify(config));
    return (await loadGenerationSettings(dir, { special })).stopTokenIds;
  };
  expect(await stopsFor({ eos_token_id: 5, text_config: { eos_token_id: 6 } })).toEqual([5]);
  expect(await stopsFor({ text_config: { eos_token_id: [6, 7] } })).toEqual([6, 7]);
  expect(await stopsFor({ text_config: {} })).toEqual([special.eos?.id]);
  writeFileSync(join(dir, 'generation_config.json'), '{}');
  expect(await stopsFor({ eos_token_id: 5 })).toEqual([special.eos?.id]);
  rmSync(dir, { recursive: true });
});

test('what a folder asks for and is not done here is refused by name, when it comes to answering', async () => {
  const { special } = processor.tokenizer;
  const dir = mkdtempSync(join(tmpdir(), 'lensmith-generation-'));
  const undoneOf = async (json: object): Promise<readonly string[]> => {
    writeFileSync(join(dir, 'generation_config.json'), JSON.stringify(json));
    return (await loadGenerationSettings(dir, { special })).undone;
  };
  const off = { num_beams: 1, min_length: 0, no_repeat_ngram_size: 0, suppress_tokens: [] };
  expect(await undoneOf({ ...off, guidance_scale: null, typical_p: 0.9 })).toEqual([]);
  const undone = await undoneOf({ num_beams: 3, do_sample: true, typical_p: 0.9 });
  expect(undone).toEqual(['num_beams=3', 'typical_p=0.9']);
  rmSync(dir, { recursive: true });
  await expect(ask({ undone })).rejects.toMatchObject({
    code: 'generation/undone',
    got: 'num_beams=3, typical_p=0.9',
  });
});
