import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { CONCEPTS } from '../../scripts/starter/concepts.ts';
import { PARTS, VERDICTS } from '../../scripts/starter/parts.ts';
import { loadDataset } from '../../src-main/formats/datasets/index.ts';
import { mediaParts, type Sample } from '../../src-main/formats/sample.ts';
import { decodeImage } from '../../src-main/media/decode-image.ts';

const FOLDER = join(import.meta.dirname, '..', '..', 'resources', 'sample-project');

interface Record {
  readonly id: string;
  readonly image?: string;
  readonly video?: string;
  readonly conversations: readonly { readonly value: string }[];
}

const records = (split: string): Record[] =>
  JSON.parse(readFileSync(join(FOLDER, `${split}.json`), 'utf8')) as Record[];
const mediaOf = ({ image, video }: Record): string => (image ?? video) as string;
const hashOf = (name: string): string =>
  createHash('sha256')
    .update(readFileSync(join(FOLDER, name)))
    .digest('hex');

const train = records('train');
const test = records('test');
let samples: Sample[];
beforeAll(async () => {
  const loaded = [
    await loadDataset(join(FOLDER, 'train.json')),
    await loadDataset(join(FOLDER, 'test.json')),
  ];
  expect(loaded.flatMap((l) => l.issues)).toEqual([]);
  samples = loaded.flatMap((l) => l.samples);
});

describe('sample project', () => {
  it('is read whole, one picture or clip a sample', () => {
    expect(samples).toHaveLength(train.length + test.length);
    expect([train.length, test.length]).toEqual([241, 61]);
    for (const sample of samples) expect(mediaParts(sample)).toHaveLength(1);
    expect([train, test].map((s) => s.filter((r) => r.video).length)).toEqual([1, 1]);
  });

  it('answers in one style with invented names and a verdict, each as often as the others', () => {
    for (const split of [train, test]) {
      const counts = new Map<string, number>();
      for (const record of split.filter((r) => r.image)) {
        const answer = record.conversations[1]?.value as string;
        counts.set(answer, (counts.get(answer) ?? 0) + 1);
      }
      const expected = PARTS.flatMap(({ name }) =>
        VERDICTS.map((v) => `Part: ${name}. Verdict: ${v}.`),
      );
      expect([...counts.keys()].sort()).toEqual(expected.sort());
      expect(new Set(counts.values()).size).toBe(1);
    }
    const known = new Set(CONCEPTS.map((c) => c.name.toLowerCase()));
    for (const { name } of PARTS) expect(known.has(name.toLowerCase())).toBe(false);
  });

  it('shares no picture between training and test, and has no file that no sample uses', () => {
    const used = [...train, ...test].map(mediaOf);
    expect(new Set(used).size).toBe(used.length);
    expect(new Set(used.map(hashOf)).size).toBe(used.length);
    const files = ['images', 'clips'].flatMap((d) =>
      readdirSync(join(FOLDER, d)).map((f) => `${d}/${f}`),
    );
    expect(files.sort()).toEqual([...used].sort());
  });

  it('stays small: 128 px pictures, clips under 200 kB, 3 MB in all', async () => {
    let total = 0;
    for (const record of [...train, ...test]) {
      const file = join(FOLDER, mediaOf(record));
      const { size } = statSync(file);
      total += size;
      if (record.video) expect(size).toBeLessThan(200_000);
    }
    expect(total).toBeLessThan(3_000_000);
    for (const record of [train[0], train[100], test[59]] as Record[]) {
      const { width, height, data } = await decodeImage(join(FOLDER, record.image as string));
      expect([width, height, data.length]).toEqual([128, 128, 128 * 128 * 3]);
    }
  });
});
