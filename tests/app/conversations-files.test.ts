import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { ExportResult, ImportResult } from '../../src-main/ipc/contract/conversations.ts';
import { isPreferenceFile } from '../../src-main/formats/datasets/preferences.ts';
import { makeClip, makeImage } from '../ui/support/media.ts';
import { assistant, TestCore, text, user } from './conversations-support.ts';

async function mediaFolder(core: TestCore) {
  const folder = join(core.folder, 'data-set');
  mkdirSync(folder);
  const first = await makeImage(folder, 1, 'png');
  const second = await makeImage(folder, 2, 'turned.jpg');
  return { folder, first, second };
}

const wholeFilter = { items: '' };
const dialect = 'normalized-box' as const;

async function importFile(core: TestCore, path: string): Promise<ImportResult> {
  const { jobId } = await core.call('conversations.importFile', { path });
  const job = await core.finished(jobId);
  expect(job).toMatchObject({ state: 'done', error: null });
  return job.result as ImportResult;
}

it('takes samples and media of a LLaVA file in one act, and lists bad records', async () => {
  const core = await TestCore.start();
  const { folder, first, second } = await mediaFolder(core);
  const path = join(folder, 'train.json');
  const turn = (from: string, value: string) => ({ from, value });
  const records = [
    {
      id: 'a',
      image: first.name,
      conversations: [turn('human', '<image>\nWhat?'), turn('gpt', 'One.')],
    },
    {
      id: 'b',
      image: [second.name, first.name],
      conversations: [turn('human', 'Between <image> and\n<image>?'), turn('gpt', 'Two.')],
    },
    {
      id: 'c',
      image: 'gone.png',
      conversations: [turn('human', '<image>\nWhat?'), turn('gpt', '?')],
    },
    { id: 'd', image: first.name, conversations: [turn('human', 'No mark'), turn('gpt', '?')] },
  ];
  writeFileSync(path, `[\n${records.map((record) => JSON.stringify(record)).join(',\n')}\n]`);
  const result = await importFile(core, path);
  expect(result).toMatchObject({ samples: 2, items: 2, issueCount: 2 });
  expect(result.issues.map(({ code, line }) => [code, line])).toEqual([
    ['formats/media-missing', 4],
    ['formats/placeholder-mismatch', 5],
  ]);
  const { samples } = await core.call('conversations.list', {
    filter: wholeFilter,
    offset: 0,
    limit: 9,
  });
  expect(
    samples.map(({ question, answer, itemCount, status }) => [question, answer, itemCount, status]),
  ).toEqual([
    ['Between ▣ and▣?', 'Two.', 2, 'reviewed'],
    ['What?', 'One.', 1, 'reviewed'],
  ]);
  const placed = await core.call('conversations.read', { sampleId: samples[0]?.id as number });
  expect(placed.turns[0]?.content.map(({ type }) => type)).toEqual([
    'text',
    'item',
    'text',
    'item',
    'text',
  ]);
  await core.call('edits.undo', { scope: 'library' });
  expect(await core.call('conversations.ids', { filter: wholeFilter })).toEqual([]);
});

it('takes pictures that stand in the file itself', async () => {
  const core = await TestCore.start();
  const { folder, first } = await mediaFolder(core);
  const path = join(folder, 'messages.jsonl');
  const url = `data:image/png;base64,${readFileSync(first.path).toString('base64')}`;
  const content = [{ type: 'image', image: url }, text('What?')];
  const record = {
    messages: [
      { role: 'user', content },
      { role: 'assistant', content: 'One.' },
    ],
  };
  writeFileSync(path, `${JSON.stringify(record)}\n`);
  expect(await importFile(core, path)).toMatchObject({ samples: 1, items: 1, issueCount: 0 });
  const [row] = core.store.all('SELECT is_copied FROM items');
  expect(row?.['is_copied']).toBe(1);
});

it.each(['llava', 'sharegpt', 'messages'] as const)(
  'writes %s files that it reads again as they were',
  async (format) => {
    const core = await TestCore.start();
    const { folder, first } = await mediaFolder(core);
    const clip = await makeClip(folder, 1);
    const source = join(folder, 'source.json');
    const video = {
      ...{ id: 'v', video: clip.name },
      conversations: [
        { from: 'human', value: '<video>\nWhat moves?' },
        { from: 'gpt', value: 'It.' },
      ],
    };
    const image = {
      ...{ id: 'i', image: first.name },
      conversations: [
        { from: 'human', value: '<image>\nWhat?' },
        { from: 'gpt', value: 'One.' },
        { from: 'human', value: 'Sure?' },
        { from: 'gpt', value: 'Yes.' },
      ],
    };
    writeFileSync(source, JSON.stringify([video, image]));
    await importFile(core, source);
    const path = join(folder, `out.${format === 'messages' ? 'jsonl' : 'json'}`);
    const wish = { filter: wholeFilter, format, dialect };
    expect(await core.call('conversations.exportCheck', wish)).toEqual({
      ...{ samples: 2, losses: [], secondAnswers: 0 },
    });
    const { jobId } = await core.call('conversations.exportFile', { ...wish, path });
    const result = (await core.finished(jobId)).result as ExportResult;
    expect(result).toEqual({ path, samples: 2, leftOut: 0 });
    const before = await turnsOf(core);
    await core.call('conversations.trash', {
      sampleIds: await core.call('conversations.ids', { filter: wholeFilter }),
    });
    expect(await importFile(core, path)).toMatchObject({ samples: 2, items: 0, issueCount: 0 });
    expect(await turnsOf(core)).toEqual(before);
  },
  60_000,
);

async function turnsOf(core: TestCore) {
  const ids = await core.call('conversations.ids', { filter: wholeFilter });
  const samples = await Promise.all(
    ids.map((sampleId) => core.call('conversations.read', { sampleId })),
  );
  return samples.map(({ items, turns }) => ({
    items,
    turns: turns.map(({ role, content, rejected }) => ({ role, content, rejected })),
  }));
}

it('says before what a format cannot hold, and leaves that out', async () => {
  const core = await TestCore.start();
  const itemId = core.addItem('a.png');
  const items = [{ itemId, sampling: null }];
  const label = core.addLabel('bolt');
  const shapeId = core.addBox(itemId, label, [120, 150, 430, 250]);
  const region = { type: 'region' as const, shapeId };
  const system = { role: 'system' as const, content: [text('Be brief.')] };
  const create = (turns: readonly object[]) =>
    core.call('conversations.create', { kind: 'conversation', items, turns: turns as never });
  await create([
    { role: 'user', content: [text('What is '), region, text('?')] },
    assistant('A bolt.'),
  ]);
  const told = await create([system, user('What?'), assistant('A part.')]);
  const lost = await create([{ role: 'user', content: [{ type: 'region', shapeId: 999 }] }]);
  const wish = { filter: wholeFilter, format: 'llava' as const, dialect };
  const { samples, losses } = await core.call('conversations.exportCheck', wish);
  expect(samples).toBe(3);
  expect(losses).toEqual([
    { what: 'The sample speaks of marks that are not there.', count: 1, sampleIds: [lost.id] },
    { what: 'a system message', count: 1, sampleIds: [told.id] },
  ]);
  const path = join(core.folder, 'out.json');
  const { jobId } = await core.call('conversations.exportFile', { ...wish, path });
  expect((await core.finished(jobId)).result).toEqual({ path, samples: 1, leftOut: 2 });
  const [record] = JSON.parse(readFileSync(path, 'utf8')) as {
    conversations: { value: string }[];
  }[];
  expect(record?.conversations[0]?.value).toBe('<image>\nWhat is [0.12, 0.30, 0.55, 0.80]?');
});

it('writes each pair as DPO trainers read it, and reads it again with both answers', async () => {
  const core = await TestCore.start();
  const { folder, first, second } = await mediaFolder(core);
  await core.finished((await core.call('library.import', { paths: [folder] })).jobId);
  const idOf = (name: string) =>
    Number(core.store.get('SELECT id FROM items WHERE name = ?', name)?.['id']);
  const [a, b] = [idOf(first.name), idOf(second.name)];
  const place = (itemId: number) => ({ type: 'item' as const, itemId });
  const pair = { ...assistant('Fit.'), rejected: [text('Broken.')] };
  const { id: sampleId } = await core.call('conversations.create', {
    kind: 'conversation',
    items: [a, b].map((itemId) => ({ itemId, sampling: null })),
    turns: [
      { role: 'system', content: [text('Be brief.')] },
      { role: 'user', content: [text('Is '), place(b), text('fit?')] },
      pair,
      user('Sure?'),
      { ...assistant('Yes.'), rejected: [text('No.')] },
    ],
  });
  const plain = await core.call('conversations.create', {
    kind: 'conversation',
    items: [{ itemId: a, sampling: null }],
    turns: [user('What?'), { ...assistant('A part.'), rejected: [] }],
  });
  const wish = { filter: wholeFilter, format: 'preference' as const, dialect };
  expect(await core.call('conversations.exportCheck', wish)).toEqual({
    samples: 2,
    losses: [{ what: 'no second answer', count: 1, sampleIds: [plain.id] }],
    secondAnswers: 0,
  });
  expect(
    await core.call('conversations.exportCheck', { ...wish, format: 'messages' }),
  ).toMatchObject({ losses: [], secondAnswers: 2 });
  const path = join(folder, 'pairs.jsonl');
  const { jobId } = await core.call('conversations.exportFile', { ...wish, path });
  expect((await core.finished(jobId)).result).toEqual({ path, samples: 2, leftOut: 1 });
  const records = readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const image = { type: 'image' };
  expect(records[0]).toEqual({
    id: `${sampleId}-1`,
    prompt: [
      { role: 'system', content: [text('Be brief.')] },
      { role: 'user', content: [image, text('Is '), image, text('fit?')] },
    ],
    chosen: [{ role: 'assistant', content: [text('Fit.')] }],
    rejected: [{ role: 'assistant', content: [text('Broken.')] }],
    images: [first.name, second.name],
  });
  expect(records[1]).toMatchObject({
    prompt: { length: 4 },
    rejected: [{ content: [text('No.')] }],
  });
  expect(await isPreferenceFile(path)).toBe(true);
  const kept = (await turnsOf(core)).find(({ turns }) => turns.length === 5);
  await core.call('conversations.trash', { sampleIds: [sampleId, plain.id] });
  expect(await importFile(core, path)).toMatchObject({ samples: 2, items: 0, issueCount: 0 });
  const [longer, shorter] = await turnsOf(core);
  expect(shorter?.turns.at(-1)).toEqual({ ...pair, role: 'assistant' });
  expect(longer?.turns.at(-1)).toEqual(kept?.turns.at(-1));
  // Placed by the record now, as it says of each picture where it stands.
  expect(longer?.turns[1]?.content).toEqual([place(a), text('Is '), place(b), text('fit?')]);
}, 60_000);

it('fills the sample project once, with its test pictures held out', async () => {
  const core = await TestCore.start();
  const fill = () => core.context.jobs.list.find(({ kind }) => kind === 'import-samples')?.id;
  await core.call('project.openSample', {});
  const job = await core.finished(fill() as string);
  expect(job).toMatchObject({ state: 'done', result: { samples: 302, items: 302, issueCount: 0 } });
  const splits = core.store.all(
    'SELECT split, count(*) AS n FROM items GROUP BY split ORDER BY split',
  );
  expect(splits.map(({ split, n }) => [split, n])).toEqual([
    ['test', 61],
    ['train', 241],
  ]);
  core.context.jobs.dismiss(fill() as string);
  await core.call('project.openSample', {});
  expect(fill()).toBeUndefined();
  expect(core.context.projects.current.summary.counts.samples).toBe(302);
}, 120_000);
