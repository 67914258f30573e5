import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadDataset } from '../../src-main/formats/datasets/index.ts';
import { DuplicateFinder } from '../../src-main/app/datasets/groups.ts';
import { selectSamples } from '../../src-main/app/datasets/selection.ts';
import { readSnapshot, writeSnapshot } from '../../src-main/app/datasets/snapshot.ts';
import type { DatasetSettings } from '../../src-main/ipc/contract/datasets.ts';
import { TestCore } from './conversations-support.ts';
import { addSample, byShares, fillLibrary, makeDataset } from './runs-support.ts';

const byItems: DatasetSettings = { ...byShares, split: { by: 'items' } };
const shares = (train: number, validation: number, test: number, seed = 1): DatasetSettings => ({
  ...byShares,
  split: { by: 'shares', train, validation, test, seed },
});
/** Hashes at most four bits apart are near-duplicates. */
const near = ['0f0f0f0f0f0f0f0f', '0f0f0f0f0f0f0f0e', '0f0f0f0f0f0f0f0c'];

async function sidesOf(core: TestCore, settings: DatasetSettings, filter = '') {
  const page = { filter, settings, split: null, offset: 0, limit: 500 };
  const { samples } = await core.call('datasets.samples', page);
  return new Map(samples.map(({ sampleId, split }) => [sampleId, split]));
}

describe('editing', () => {
  test('is journaled: undo brings a deleted dataset back under its id', async () => {
    const core = await TestCore.start();
    const { id } = await makeDataset(core);
    await core.call('datasets.update', { datasetId: id, name: 'Lungs', filter: 'type:image' });
    await core.call('datasets.delete', { datasetId: id });
    expect(await core.call('datasets.list', {})).toEqual([]);
    await core.call('edits.undo', { scope: 'library' });
    expect(await core.call('datasets.read', { datasetId: id })).toMatchObject({
      name: 'Lungs',
      filter: 'type:image',
      settings: byShares,
    });
    await core.call('edits.undo', { scope: 'library' });
    expect(await core.call('datasets.read', { datasetId: id })).toMatchObject({ name: 'All' });
  });

  test('refuses shares that do not sum to 100', async () => {
    const core = await TestCore.start();
    const create = core.call('datasets.create', {
      name: 'Wrong',
      filter: '',
      settings: shares(50, 10, 10),
    });
    await expect(create).rejects.toThrow(/sum to 100/);
  });
});

describe('what counts', () => {
  test('status, answers, files and the filter decide, and each sample left out is counted', async () => {
    const core = await TestCore.start();
    const [a, b, missing] = [
      core.addItem('a.png'),
      core.addItem('b.png'),
      core.addItem('c.png', { is_missing: 1 }),
    ] as const;
    const reviewed = addSample(core, [a]);
    addSample(core, [a], { status: 'draft' });
    addSample(core, [a], { status: 'rejected' });
    addSample(core, [b], { answer: '' });
    addSample(core, [missing]);
    const both = addSample(core, [a, b]);
    const settings: DatasetSettings = { ...byItems, statuses: ['reviewed'] };
    const preview = await core.call('datasets.preview', { filter: '', settings });
    expect(preview.leftOut).toEqual({
      draft: 1,
      reviewed: 0,
      rejected: 1,
      noAnswer: 1,
      straddling: 0,
      missingMedia: 1,
    });
    expect(preview.splits.train).toEqual({ samples: 2, items: 2, answers: 2 });
    expect(preview.warnings.map(({ kind }) => kind)).toEqual([
      'empty-validation',
      'no-answer',
      'missing-media',
    ]);
    expect([...(await sidesOf(core, settings)).keys()]).toEqual([reviewed, both]);
    // A sample of two pictures needs both of them in the filter.
    expect([...(await sidesOf(core, settings, 'name:a.png')).keys()]).toEqual([reviewed]);
  });

  test('half a filter is an answer, not a failure', async () => {
    const core = await TestCore.start();
    const preview = await core.call('datasets.preview', { filter: 'tag:"lu', settings: byItems });
    expect(preview.filterError).toMatchObject({ code: 'library/bad-filter' });
    expect(preview.splits.train.samples).toBe(0);
  });
});

describe('splits', () => {
  test('by items: a sample over two sides is left out, near-duplicates on two sides are told', async () => {
    const core = await TestCore.start();
    const [seen, held] = [
      core.addItem('seen.png', { split: 'train', perceptual_hash: near[0] as string }),
      core.addItem('held.png', { split: 'test', perceptual_hash: near[1] as string }),
    ] as const;
    addSample(core, [seen]);
    addSample(core, [held]);
    const torn = addSample(core, [seen, held]);
    const preview = await core.call('datasets.preview', { filter: '', settings: byItems });
    expect(preview.splits.test.samples).toBe(1);
    expect(preview.leftOut.straddling).toBe(1);
    const [validation, straddling, leak] = preview.warnings;
    expect(validation?.kind).toBe('empty-validation');
    expect(straddling).toMatchObject({ kind: 'straddling', sampleIds: [torn] });
    expect(leak).toMatchObject({ kind: 'leak', count: 1, itemIds: [seen, held] });
  });

  test('by shares: chains of near-duplicates and of common samples never straddle', async () => {
    const core = await TestCore.start();
    const together: number[][] = [];
    for (let i = 0; i < 40; i++) {
      const head = i.toString(16).padStart(2, '0').repeat(4);
      const hashes = ['0f0f0f0f', '0f0f0f0e'].map((tail) => `${head}${tail}`);
      const items = hashes.map((hash, n) => core.addItem(`${i}-${n}`, { perceptual_hash: hash }));
      const third = core.addItem(`${i}-third`);
      const [first = 0, second = 0] = items;
      together.push([
        addSample(core, [first]),
        addSample(core, [second, third]),
        addSample(core, [third]),
      ]);
    }
    await core.context.settings.write({ nearDuplicateBits: 1 });
    const sides = await sidesOf(core, shares(70, 20, 10));
    for (const group of together) {
      expect(new Set(group.map((id) => sides.get(id))).size).toBe(1);
    }
    const count = (side: string): number =>
      [...sides.values()].filter((one) => one === side).length;
    expect(['train', 'validation', 'test'].map(count)).toEqual([84, 24, 12]);
    const preview = await core.call('datasets.preview', {
      filter: '',
      settings: shares(70, 20, 10),
    });
    expect(preview.nearDuplicateGroups).toBe(40);
    expect(preview.warnings).toEqual([]);
  });

  test('are the same each time, others for another seed, and stay mostly so as the library grows', async () => {
    const core = await TestCore.start();
    fillLibrary(core, 60);
    const before = await sidesOf(core, shares(80, 20, 0));
    expect(await sidesOf(core, shares(80, 20, 0))).toEqual(before);
    expect(await sidesOf(core, shares(80, 20, 0, 2))).not.toEqual(before);
    for (let i = 0; i < 6; i++) addSample(core, [core.addItem(`new-${i}`)]);
    const after = await sidesOf(core, shares(80, 20, 0));
    const moved = [...before].filter(([id, side]) => after.get(id) !== side);
    expect(moved.length).toBeLessThanOrEqual(6);
  });

  test('a picture with most of the samples stays in training, whatever the seed', async () => {
    const core = await TestCore.start();
    const often = core.addItem('often.png');
    const many = Array.from({ length: 60 }, () => addSample(core, [often]));
    fillLibrary(core, 20);
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const sides = await sidesOf(core, shares(70, 20, 10, seed));
      expect(new Set(many.map((id) => sides.get(id)))).toEqual(new Set(['train']));
      const count = (side: string): number =>
        [...sides.values()].filter((one) => one === side).length;
      expect(['validation', 'test'].map(count)).toEqual([12, 8]);
    }
  });

  test('few groups: training gets the first, each further side one', async () => {
    const core = await TestCore.start();
    const sidesFor = async (samples: number): Promise<string[]> => {
      while ((await sidesOf(core, byItems)).size < samples) {
        addSample(core, [core.addItem(`${Math.random()}`)]);
      }
      return [...(await sidesOf(core, shares(80, 10, 10))).values()].sort();
    };
    expect(await sidesFor(1)).toEqual(['train']);
    expect(await sidesFor(2)).toEqual(['train', 'validation']);
    expect(await sidesFor(3)).toEqual(['test', 'train', 'validation']);
  });
});

describe('the snapshot', () => {
  test('is what the trainer reads, with absolute paths and the hash of its contents', async () => {
    const core = await TestCore.start();
    const ids = fillLibrary(core, 10);
    const marked = addSample(core, [core.addItem('gone.png')], { question: '' });
    core.store.run(
      'UPDATE turns SET content_json = ? WHERE sample_id = ? AND position = 0',
      JSON.stringify([{ type: 'region', shapeId: 99 }]),
      marked,
    );
    const project = core.context.projects.current;
    const spec = { filter: '', settings: shares(80, 20, 0) };
    const selection = await selectSamples(project, spec, new DuplicateFinder(core.context));
    const request = { ...spec, datasetId: 1, name: 'All', nowMs: 5 };
    const folder = join(core.folder, 'snapshot');
    const facts = await writeSnapshot(project, request, selection, folder);
    expect(await readSnapshot(folder)).toEqual(facts);
    expect(facts.issues).toEqual([
      { code: 'conversations/region-missing', message: expect.stringContaining(`${marked}`) },
    ]);
    const read = await loadDataset(join(folder, 'train.jsonl'));
    const held = await loadDataset(join(folder, 'validation.jsonl'));
    expect(read.issues).toEqual([]);
    const found = [...read.samples, ...held.samples].map(({ id }) => Number(id));
    expect(found.sort((a, b) => a - b)).toEqual(ids);
    expect(facts.counts).toEqual({
      train: read.samples.length,
      validation: held.samples.length,
      test: 0,
    });
    expect(JSON.stringify(read.samples[0]?.messages)).toMatch(/"path":"\/.*\.jpg"/);
    const again = await writeSnapshot(project, request, selection, join(core.folder, 'again'));
    expect(again.hash).toBe(facts.hash);
    expect(readFileSync(join(folder, 'test.jsonl'), 'utf8')).toBe('');
  });
});
