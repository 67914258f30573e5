import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { parseImageProcessorSettings } from '../../src-main/data/image-processor-settings.ts';
import { createImageProcessor, loadImageProcessor } from '../../src-main/data/image-processor.ts';
import type { RgbPixels } from '../../src-main/data/resample.ts';
import { decodeImage } from '../../src-main/media/decode-image.ts';
import { readTensors, tensorNamed } from '../media/read-tensors.ts';

const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'lensmith-processor-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as never;
const processorOf = (json: unknown) => createImageProcessor(parseImageProcessorSettings(json));

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - b[i]!)), 0);
}

const modelCases = [
  ['llava15', 'single'],
  ['llava15', 'multiturn'],
  ['llava15', 'two_images'],
  ['interleave', 'single'],
  ['interleave', 'three_images'],
] as const;

describe('file to pixel values', () => {
  it.each(modelCases)('meets the reference: %s %s', async (model, name) => {
    const root = join(fixtures, model);
    const { images } = readJson(join(root, 'cases', `${name}.json`)) as { images: string[] };
    const wanted = tensorNamed(
      readTensors(join(root, 'cases', `${name}.safetensors`)),
      'in.pixel_values',
    );
    const processor = await loadImageProcessor(join(root, 'checkpoint'));
    expect(wanted.shape[0]).toBe(images.length);
    const values = wanted.floats();
    const each = values.length / images.length;
    for (const [i, image] of images.entries()) {
      const got = processor.process(await decodeImage(join(root, `images/${image}.png`)));
      expect(got.shape).toEqual(wanted.shape.slice(1));
      const part = values.subarray(i * each, (i + 1) * each);
      expect(largestDifference(got.data, part)).toBeLessThanOrEqual(2.5e-7);
    }
  });

  it.each(['llava15', 'interleave'])('reads both generations of %s alike', async (model) => {
    const dir = join(fixtures, model, 'checkpoint');
    const newer = await loadImageProcessor(dir);
    const older = processorOf(readJson(join(dir, 'preprocessor_config.json')));
    expect(older.settings).toEqual(newer.settings);
    expect(older.identity).toBe(newer.identity);
  });
});

interface Processed {
  readonly given: Record<string, unknown>;
  readonly saved: Record<string, unknown>;
}
const processed = readTensors(join(fixtures, 'media/processed.safetensors'));
const settings = readJson(join(fixtures, 'media/processed.json')) as Record<string, Processed>;

function sourceNamed(name: string): RgbPixels {
  const { shape, bytes } = tensorNamed(processed, `source.${name}`);
  return { height: shape[0]!, width: shape[1]!, data: bytes };
}

describe('odd pictures and settings', () => {
  const cases = [...processed.keys()].filter((name) => !name.startsWith('source.'));
  it('has all cases', () => expect(cases).toHaveLength(36));

  it.each(cases)('meets the reference: %s', (name) => {
    const [setting, source] = name.split('.') as [string, string];
    const { given, saved } = settings[setting]!;
    const wanted = tensorNamed(processed, name);
    for (const json of [given, saved]) {
      const got = processorOf(json).process(sourceNamed(source));
      expect(got.shape).toEqual(wanted.shape);
      // Without normalisation of the values the largest is 1, with it below 3.
      expect(largestDifference(got.data, wanted.floats())).toBeLessThanOrEqual(2.5e-7);
    }
    expect(processorOf(given).identity).toBe(processorOf(saved).identity);
  });

  it('crops a line of absurd length without resizing all of it', () => {
    const line = { width: 200_000, height: 1, data: new Uint8Array(600_000).fill(200) };
    const processor = processorOf({ image_processor_type: 'CLIPImageProcessor' });
    const started = performance.now();
    const { data, shape } = processor.process(line);
    expect(shape).toEqual([3, 224, 224]);
    expect(data[0]).toBeCloseTo((200 / 255 - 0.48145466) / 0.26862954, 5);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe('settings', () => {
  it('knows old and fast names', () => {
    const old = {
      feature_extractor_type: 'CLIPFeatureExtractor',
      size: 336,
      crop_size: 336,
      resample: 3,
    };
    const fast = {
      image_processor_type: 'CLIPImageProcessorFast',
      size: { shortest_edge: 336 },
      crop_size: { height: 336, width: 336 },
      do_pad: null,
    };
    expect(processorOf(old).identity).toBe(processorOf(fast).identity);
    expect(processorOf(fast).outputSize).toEqual({ height: 336, width: 336 });
  });

  it('loads from a folder of the old kind as from a new one', async () => {
    const dir = mkdtempSync(join(scratch, 'old-'));
    const old = {
      crop_size: 336,
      do_center_crop: true,
      do_normalize: true,
      do_resize: true,
      feature_extractor_type: 'CLIPFeatureExtractor',
      image_mean: [0.48145466, 0.4578275, 0.40821073],
      image_std: [0.26862954, 0.26130258, 0.27577711],
      resample: 3,
      size: 336,
    };
    writeFileSync(join(dir, 'preprocessor_config.json'), JSON.stringify(old));
    const processor = await loadImageProcessor(dir);
    expect(processor.outputSize).toEqual({ height: 336, width: 336 });
    const now = { image_processor_type: 'CLIPImageProcessor', size: 336, crop_size: 336 };
    expect(processor.identity).toBe(processorOf(now).identity);
  });

  it('has an identity that follows every setting', () => {
    const base = { image_processor_type: 'CLIPImageProcessor' };
    const variants = [
      base,
      { ...base, size: 225 },
      { ...base, size: { height: 224, width: 224 } },
      { ...base, crop_size: 223 },
      { ...base, resample: 1 },
      { ...base, rescale_factor: 0.5 },
      { ...base, image_mean: [0.5, 0.5, 0.5] },
      { ...base, image_std: [0.5, 0.5, 0.5] },
      { ...base, do_center_crop: false },
      { ...base, do_normalize: false },
      { ...base, do_rescale: false },
      { ...base, do_resize: false },
    ];
    const identities = new Set(variants.map((json) => processorOf(json).identity));
    expect(identities.size).toBe(variants.length);
  });

  const clip = { image_processor_type: 'CLIPImageProcessor' };
  it.each([
    ['data/processor-unknown', { image_processor_type: 'Qwen2VLImageProcessor' }],
    ['data/processor-unknown', { image_processor_type: 'CLIP' }],
    ['data/processor-unknown', {}],
    ['data/processor-unsupported', { ...clip, do_pad: true }],
    ['data/processor-unsupported', { ...clip, use_square_size: true }],
    ['data/processor-unsupported', { ...clip, do_image_splitting: true }],
    ['data/processor-invalid', { ...clip, size: { longest_edge: 10 } }],
    ['data/processor-invalid', { ...clip, size: { shortest_edge: 10, longest_edge: 20 } }],
    ['data/processor-invalid', { ...clip, size: { shortest_edge: 1e9 } }],
    ['data/processor-invalid', { ...clip, size: -3 }],
    ['data/processor-invalid', { ...clip, crop_size: 'big' }],
    ['data/processor-invalid', { ...clip, resample: 0 }],
    ['data/processor-invalid', { ...clip, image_mean: [0.5] }],
    ['data/processor-invalid', { ...clip, image_std: [0, 1, 1] }],
    ['data/processor-invalid', { ...clip, rescale_factor: '1/255' }],
    ['data/processor-invalid', { ...clip, do_resize: 'yes' }],
    ['data/processor-invalid', [clip]],
  ])('refuses with %s: %j', (code, json) => {
    expect(() => parseImageProcessorSettings(json)).toThrow(expect.objectContaining({ code }));
  });

  it('names missing and unreadable files', async () => {
    await expect(loadImageProcessor(scratch)).rejects.toMatchObject({
      code: 'data/processor-missing',
    });
    writeFileSync(join(scratch, 'preprocessor_config.json'), '{"size": ');
    await expect(loadImageProcessor(scratch)).rejects.toMatchObject({
      code: 'data/processor-unreadable',
      message: expect.stringContaining('preprocessor_config.json'),
    });
    writeFileSync(join(scratch, 'preprocessor_config.json'), JSON.stringify(clip));
    writeFileSync(join(scratch, 'processor_config.json'), '{"patch_size": 14}');
    expect((await loadImageProcessor(scratch)).outputSize).toEqual({ height: 224, width: 224 });
  });
});
