/** Every dataset format keeps the same promises. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  datasetFormats,
  detectDatasetFormat,
  loadDataset,
} from '../../src-main/formats/datasets/index.ts';
import type { Message, Part, Sample } from '../../src-main/formats/sample.ts';
import { collect, failure, temporaryFolder } from './support.ts';

const folder = temporaryFolder();
const image = (name: string): Part => ({ type: 'image', path: folder.path(name) });
const video = (name: string): Part => ({ type: 'video', path: folder.path(name) });
const text = (value: string): Part => ({ type: 'text', text: value });
const user = (...content: Part[]): Message => ({ role: 'user', content });
const answer = (value: string): Message => ({
  role: 'assistant',
  content: value === '' ? [] : [text(value)],
});
const system = (value: string): Message => ({ role: 'system', content: [text(value)] });

const conversations: Record<string, () => Message[]> = {
  'text only': () => [user(text('Hi "you"\n\\ é 漢 😀')), answer('Hello.')],
  'one image': () => [user(image('a b.png'), text('What?')), answer('A cat.')],
  'image after text': () => [user(text('What is\n'), image('a.png')), answer('A cat.')],
  'images between texts': () => [
    user(image('a.png'), text('\nand '), image('sub/b.png'), image('c.png'), text('?\n')),
    answer('Cats.'),
    user(text('More: '), image('a.png')),
    answer(''),
  ],
  'a file outside the folder': () => [
    user({ type: 'image', path: '/elsewhere/x.png' }, text('?')),
    answer('!'),
  ],
  'a name like a URL': () => [user(image('data:x,y.png')), answer('!')],
  video: () => [user(video('v.mp4'), text('What happens?')), answer('A jump.')],
  'image and video': () => [user(video('v.mp4'), image('a.png'), text('Same?')), answer('Yes.')],
  'system prompt': () => [system('Be brief.'), user(text('Hi')), answer('Yo')],
  'late system prompt': () => [user(text('Hi')), system('Be brief.'), answer('Yo')],
  'sampled video': () => [
    user({ type: 'video', path: folder.path('v.mp4'), fps: 0.5 }),
    user({ type: 'video', path: folder.path('v.mp4'), frames: 8 }),
    user({ type: 'video', path: folder.path('v.mp4'), timestampsMs: [0, 41.7] }),
    answer('x'),
  ],
  'embedded image': () => [
    user({ type: 'image', bytes: Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0) }),
    answer('x'),
  ],
  'marks as text': () => [user(text('What does <image> mean in HTML?')), answer('<video> too')],
  'two texts in a row': () => [user(text('a'), text('b')), answer('x')],
  'empty text': () => [user(text('')), answer('x')],
  'image in an answer': () => [user(text('a')), { role: 'assistant', content: [image('a.png')] }],
  'empty system prompt': () => [{ role: 'system', content: [] }, user(text('a'))],
  'system prompt alone': () => [system('Be brief.')],
  'empty conversation': () => [],
  'image of no bytes': () => [user({ type: 'image', bytes: new Uint8Array() })],
};

const sampleOf = (messages: Message[], id = 'sample-1'): Sample => ({
  id,
  messages,
  source: { file: 'made', line: 1 },
});

describe.each(datasetFormats.map((format) => [format.id, format] as const))('%s', (_, format) => {
  const extensions = format.extensions.map((extension) => [extension]);

  test.each(extensions)(
    'a round trip as %s gives the same, or it says beforehand why not',
    async (extension) => {
      let kept = 0;
      for (const [name, make] of Object.entries(conversations)) {
        const sample = sampleOf(make());
        const path = folder.path(`data${extension}`);
        const losses = format.cannotRepresent(sample);
        if (losses.length > 0) {
          const error = await failure(format.write(path, [sample]), 'formats/cannot-represent');
          expect(error.got).toBe(losses.join('; '));
          continue;
        }
        kept++;
        await format.write(path, [sample, sample]);
        const items = await collect(format.read(path, { requireMedia: false }));
        const line = extension === '.json' ? 2 : 1;
        const expected = [line, line + 1].map((n) => ({
          sample: { ...sample, source: { file: path, line: n } },
        }));
        expect(items, name).toEqual(expected);
      }
      expect(kept).toBeGreaterThanOrEqual(8);
    },
  );

  test('what it writes is detected as its own', async () => {
    const path = folder.path('data.json');
    const sample = sampleOf([user(image('a.png'), text('What?')), answer('A cat.')]);
    await format.write(path, [sample]);
    expect((await detectDatasetFormat(path)).id).toBe(format.id);
  });

  test('a bad record is an issue at its line and the others are read', async () => {
    const path = folder.path('data.jsonl');
    const sample = sampleOf([user(text('Q')), answer('A')]);
    await format.write(path, [sample, sample, sample]);
    const [one = '', two = ''] = readFileSync(path, 'utf8').split('\n');
    const bad = ['{"broken', '7', '{}', '\xff', two.replace('Q', '<image>')];
    writeFileSync(path, Buffer.from([one, ...bad, '', two].join('\r\n'), 'latin1'));
    const { samples, issues } = await loadDataset(path, { format: format.id });
    expect(samples.map(({ source }) => source.line)).toEqual([1, 8]);
    expect(issues.map(({ line, file }) => [line, file])).toEqual(
      [2, 3, 4, 5, 6].map((n) => [n, path]),
    );
    for (const { code, message } of issues) {
      expect(code).toMatch(/^formats\//);
      expect(message).not.toBe('');
    }
  });

  test('a missing picture is an issue', async () => {
    const path = folder.path('data.jsonl');
    await format.write(path, [sampleOf([user(image('absent.png')), answer('A')])]);
    const { samples, issues } = await loadDataset(path);
    expect(samples).toEqual([]);
    expect(issues).toMatchObject([{ code: 'formats/media-missing', line: 1 }]);
  });

  test('an empty list is written and read', async () => {
    const path = folder.path('data.json');
    await format.write(path, []);
    expect(await collect(format.read(path))).toEqual([]);
  });

  test('a failing source leaves the old file', async () => {
    const path = folder.path('data.json');
    writeFileSync(path, 'old');
    const samples = [sampleOf([user(text('Q'))]), sampleOf([])];
    await failure(format.write(path, samples), 'formats/cannot-represent');
    expect(readFileSync(path, 'utf8')).toBe('old');
  });
});
