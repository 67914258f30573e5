import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { toPixels } from '../../src-main/app/preflight/seen-images.ts';
import { loadImageProcessor } from '../../src-main/data/image-processor.ts';
import type { DatasetPreflight } from '../../src-main/ipc/contract/preflight.ts';
import { makeClip, makeImage } from '../ui/support/media.ts';
import { assistant, TestCore, text, user } from './conversations-support.ts';

const dialect = 'normalized-box' as const;

async function withPicture() {
  const core = await TestCore.start();
  const folder = join(core.folder, 'media');
  mkdirSync(folder);
  const picture = await makeImage(folder, 1, 'png');
  const itemId = core.addItem(picture.name, { path: picture.path, width: 480, height: 320 });
  const { starterModelDir: modelDir } = await core.call('settings.system', {});
  return { core, folder, picture, itemId, modelDir };
}

it('turns pixel values back into the pixels that they were made of', async () => {
  const { modelDir } = await withPicture();
  const processor = await loadImageProcessor(modelDir);
  const { height, width } = processor.outputSize as { height: number; width: number };
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => (i * 37) % 256);
  const image = { width, height, data };
  expect(toPixels(processor.process(image), processor)).toEqual(image);
});

it('shows the picture, the template, each token and what is learnt', async () => {
  const { core, itemId, modelDir } = await withPicture();
  const { id: sampleId } = await core.call('conversations.create', {
    kind: 'conversation',
    items: [{ itemId, sampling: null }],
    turns: [user('What is this?'), assistant('Part: Brindo.')],
  });
  const seen = await core.call('preflight.sample', { sampleId, modelDir, dialect });
  expect(seen.prompt).toContain('What is this?');
  const [image] = seen.images;
  expect(image).toMatchObject({ itemId, original: { width: 480, height: 320 }, timeMs: null });
  const png = Buffer.from((image?.url ?? '').replace('data:image/png;base64,', ''), 'base64');
  const { width, height } = await sharp(png).metadata();
  expect([width, height]).toEqual([image?.width, image?.height]);
  const spans = seen.tokens.filter((token) => token.image !== null);
  expect(spans).toHaveLength(1);
  expect(spans[0]).toMatchObject({ image: 0, count: image?.tokens, isLearnt: false });
  const learnt = seen.tokens.filter(({ isLearnt }) => isLearnt);
  expect(learnt.map(({ text: piece }) => piece).join('')).toContain('Part: Brindo.');
  expect(learnt.map(({ text: piece }) => piece).join('')).not.toContain('What');
  expect(seen.counts).toEqual({
    tokens: seen.tokens.reduce((sum, { count }) => sum + count, 0),
    image: image?.tokens,
    learnt: learnt.length,
    limit: expect.any(Number) as number,
  });
  expect(await core.call('preflight.count', { sampleId, modelDir, dialect })).toEqual(seen.counts);
}, 60_000);

it('shows each frame of a video with its time', async () => {
  const { core, folder, modelDir } = await withPicture();
  const clip = await makeClip(folder, 1);
  const facts = { kind: 'video', path: clip.path, duration_ms: 2000, width: 320, height: 240 };
  const itemId = core.addItem(clip.name, facts);
  const { id: sampleId } = await core.call('conversations.create', {
    kind: 'free',
    items: [{ itemId, sampling: { timestampsMs: [0, 500, 1500] } }],
    turns: [user('What moves?'), assistant('It.')],
  });
  const { images, tokens } = await core.call('preflight.sample', { sampleId, modelDir, dialect });
  expect(images.map(({ timeMs }) => timeMs)).toEqual([0, 500, 1500]);
  expect(new Set(images.map(({ url }) => url)).size).toBe(3);
  expect(tokens.filter(({ image }) => image !== null).map(({ image }) => image)).toEqual([0, 1, 2]);
}, 60_000);

it('follows a mark to where it is now', async () => {
  const { core, itemId, modelDir } = await withPicture();
  const shapeId = core.addBox(itemId, null, [48, 32, 96, 64]);
  const { id: sampleId } = await core.call('conversations.create', {
    kind: 'conversation',
    items: [{ itemId, sampling: null }],
    turns: [
      { role: 'user', content: [text('What is '), { type: 'region', shapeId }, text('?')] },
      assistant('A disc.'),
    ],
  });
  const prompt = async () =>
    (await core.call('preflight.sample', { sampleId, modelDir, dialect })).prompt;
  expect(await prompt()).toContain('What is [0.10, 0.10, 0.30, 0.30]?');
  core.store.journal.edit(`item:${itemId}`, 'Move box', (edit) =>
    edit.update('shapes', shapeId, {
      geometry_json: JSON.stringify({ kind: 'box', x: 240, y: 160, width: 240, height: 160 }),
    }),
  );
  expect(await prompt()).toContain('What is [0.50, 0.50, 1.00, 1.00]?');
}, 60_000);

it('counts a whole dataset and names every sample that would not do', async () => {
  const { core, folder, itemId, modelDir } = await withPicture();
  const gone = await makeImage(folder, 2);
  const goneId = core.addItem(gone.name, { path: gone.path });
  rmSync(gone.path);
  const create = async (item: number, turns: readonly object[]) => {
    const items = [{ itemId: item, sampling: null }];
    const input = { kind: 'conversation' as const, items, turns: turns as never };
    return (await core.call('conversations.create', input)).id;
  };
  const good = await create(itemId, [user('What?'), assistant('One.')]);
  const long = await create(itemId, [user('word '.repeat(4000)), assistant('One.')]);
  const mute = await create(itemId, [user('What?')]);
  const missing = await create(goneId, [user('What?'), assistant('One.')]);
  const region = await create(itemId, [
    { role: 'user', content: [{ type: 'region', shapeId: 999 }] },
    assistant('One.'),
  ]);
  const { jobId } = await core.call('preflight.dataset', {
    of: { filter: { items: '' } },
    modelDir,
    dialect,
  });
  const job = await core.finished(jobId);
  expect(job).toMatchObject({ state: 'done', error: null });
  const result = job.result as DatasetPreflight;
  expect(result.samples).toBe(5);
  expect(result.problems.map(({ sampleId, kind }) => [sampleId, kind]).sort()).toEqual(
    [
      [long, 'too-long'],
      [mute, 'nothing-learnt'],
      [missing, 'media-missing'],
      [region, 'region-missing'],
    ].sort(),
  );
  expect(result.histogram.counts.reduce((sum, count) => sum + count, 0)).toBe(3);
  const { tokens } = await core.call('preflight.count', { sampleId: good, modelDir, dialect });
  expect(result.longest).toBeGreaterThan(result.limit as number);
  expect(result.median).toBeLessThanOrEqual(tokens);
}, 60_000);

it('looks at thousands of samples of a dataset while the core answers, and stops when told to', async () => {
  const { core, itemId, modelDir } = await withPicture();
  const count = 2000;
  core.store.transaction(() => {
    const turn = 'INSERT INTO turns (sample_id, role, content_json, position) VALUES (?, ?, ?, ?)';
    for (let n = 1; n <= count; n++) {
      const status = n % 5 === 0 ? 'rejected' : 'reviewed';
      const id = core.store.run(
        `INSERT INTO samples (kind, status, position, created_ms) VALUES ('free', ?, ?, 1)`,
        ...[status, n],
      );
      core.store.run(
        'INSERT INTO sample_items (sample_id, item_id, position) VALUES (?, ?, 0)',
        id,
        itemId,
      );
      core.store.run(turn, id, 'user', JSON.stringify([text(`What is part ${n}?`)]), 0);
      core.store.run(turn, id, 'assistant', JSON.stringify([text('A disc.')]), 1);
    }
  });
  const settings = {
    statuses: ['reviewed' as const],
    dialect,
    split: { by: 'items' as const },
  };
  const look = () =>
    core.call('preflight.dataset', {
      of: { dataset: { filter: '', settings } },
      modelDir,
      dialect,
    });
  const { jobId } = await look();
  const { jobs } = core.context;
  jobs.pause(jobId);
  // In the middle of it, windows are answered.
  expect(await core.call('datasets.list', {})).toEqual([]);
  jobs.cancel(jobId);
  expect(await core.finished(jobId)).toMatchObject({ state: 'cancelled', result: null });
  const job = await core.finished((await look()).jobId);
  expect(job).toMatchObject({
    state: 'done',
    result: { samples: 1600, images: 1600, problems: [], limit: 2048 },
  });
}, 120_000);

it('reads a model folder anew when it changed, and says what is wrong with it', async () => {
  const { core, itemId, modelDir, folder } = await withPicture();
  const { id: sampleId } = await core.call('conversations.create', {
    kind: 'conversation',
    items: [{ itemId, sampling: null }],
    turns: [user('What?'), assistant('One.')],
  });
  const copy = join(folder, 'model');
  cpSync(modelDir, copy, { recursive: true, filter: (path) => !path.endsWith('.safetensors') });
  const count = () => core.call('preflight.count', { sampleId, modelDir: copy, dialect });
  await count();
  rmSync(join(copy, 'tokenizer.json'));
  await expect(count()).rejects.toMatchObject({ code: 'tokenizers/missing' });
}, 60_000);

it('drafts an answer word by word, and writes nothing', async () => {
  const { core, itemId, modelDir } = await withPicture();
  const sample = await core.call('conversations.create', {
    kind: 'conversation',
    items: [{ itemId, sampling: null }],
    turns: [user('What is this?'), assistant('')],
  });
  const parts: string[] = [];
  const model = { dir: modelDir, adapter: null };
  const settings = { maxNewTokens: 6, temperature: 0 };
  const request = { sampleId: sample.id, model, dialect, settings };
  const { text: answer } = await core.call(
    'conversations.draft',
    { ...request, beforeTurnId: sample.turns[1]?.id as number },
    (part) => parts.push(part.text),
  );
  expect(answer).not.toBe('');
  expect(parts.join('').trim()).toBe(answer);
  expect(await core.call('conversations.read', { sampleId: sample.id })).toEqual(sample);
  await core.call('conversations.writeTurn', {
    turnId: sample.turns[1]?.id as number,
    content: [text('A part.')],
  });
  await expect(
    core.call('conversations.draft', { ...request, beforeTurnId: null }),
  ).rejects.toMatchObject({ code: 'conversations/nothing-to-answer' });
}, 60_000);
