/** Records as the tools of the field write them. */
import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadDataset, readConversation } from '../../src-main/formats/datasets/index.ts';
import type { DatasetIssue } from '../../src-main/formats/datasets/index.ts';
import type { Sample } from '../../src-main/formats/sample.ts';
import { failure, temporaryFolder } from './support.ts';

const folder = temporaryFolder();

async function load(records: unknown): Promise<{ samples: Sample[]; issues: DatasetIssue[] }> {
  const path = folder.path('data.json');
  writeFileSync(path, typeof records === 'string' ? records : JSON.stringify(records));
  return loadDataset(path, { requireMedia: false });
}

/** The one sample of one record, shortened: `role: part | part`. */
async function read(record: object): Promise<string[] | string> {
  const { samples, issues } = await load([record]);
  if (issues[0] !== undefined) return issues[0].code;
  const name = (path: string): string => path.replace(`${folder.path('')}/`, '');
  return (samples[0]?.messages ?? []).map(({ role, content }) => {
    const parts = content.map((part) => {
      if (part.type === 'text') return JSON.stringify(part.text);
      if ('bytes' in part) return `bytes(${part.bytes.join()})`;
      const { type, path, ...sampling } = part;
      return `${type}(${name(path)})${Object.keys(sampling).length > 0 ? JSON.stringify(sampling) : ''}`;
    });
    return `${role}: ${parts.join(' | ')}`;
  });
}

const turns = (...values: string[]): object[] =>
  values.map((value, i) => ({ from: i % 2 === 0 ? 'human' : 'gpt', value }));

describe('LLaVA', () => {
  test.each<[string, object, string[] | string]>([
    [
      'one image',
      { id: 1, image: 'a.jpg', conversations: turns('<image>\nWhat?', 'A cat.') },
      ['user: image(a.jpg) | "What?"', 'assistant: "A cat."'],
    ],
    [
      'several images, one later',
      { image: ['a.jpg', 'b.jpg'], conversations: turns('<image>Q', 'A', 'Q\n<image>', 'A') },
      ['user: image(a.jpg) | "Q"', 'assistant: "A"', 'user: "Q" | image(b.jpg)', 'assistant: "A"'],
    ],
    ['text only', { image: null, conversations: turns('Q', 'A') }, ['user: "Q"', 'assistant: "A"']],
    [
      'a video',
      { video: 'v.mp4', conversations: turns('<video>\nQ', 'A') },
      ['user: video(v.mp4) | "Q"', 'assistant: "A"'],
    ],
    [
      'a video marked as an image',
      { video: 'v.mp4', data_source: '0_30_s_youtube', conversations: turns('<image>\nQ', 'A') },
      ['user: video(v.mp4) | "Q"', 'assistant: "A"'],
    ],
    ['no mark', { image: 'a.jpg', conversations: turns('Q', 'A') }, 'formats/placeholder-mismatch'],
    [
      'two marks for one image',
      { image: 'a.jpg', conversations: turns('<image><image>Q', 'A') },
      'formats/placeholder-mismatch',
    ],
    [
      'a mark for nothing',
      { conversations: turns('<image>Q', 'A') },
      'formats/placeholder-mismatch',
    ],
    [
      'a mark in an answer',
      { image: 'a.jpg', conversations: turns('Q', '<image>') },
      'formats/misplaced-placeholder',
    ],
    ['two fields', { image: 'a', images: ['b'], conversations: turns('Q') }, 'formats/bad-record'],
    [
      'a URL',
      { image: 'https://x/a.png', conversations: turns('<image>') },
      'formats/remote-media',
    ],
    ['no name', { image: [3], conversations: turns('<image>') }, 'formats/bad-media-path'],
    ['a bad turn', { conversations: [{ from: 'human' }] }, 'formats/bad-turn'],
    [
      'an unknown role',
      { conversations: [{ from: 'toString', value: '' }] },
      'formats/unknown-role',
    ],
    ['no turns', { conversations: [] }, 'formats/bad-record'],
    [
      'a preference',
      { image: 'a', prompt: 'Q', chosen: 'A', rejected: 'B', conversations: [] },
      'formats/preference-record',
    ],
  ])('%s', async (_, record, expected) => {
    expect(await read(record)).toEqual(expected);
  });
});

describe('ShareGPT', () => {
  test.each<[string, object, string[] | string]>([
    [
      'images, videos and a system prompt',
      {
        conversations: turns('<image>Q<video>', 'A'),
        system: 'Be brief.',
        images: ['a.jpg'],
        videos: ['v.mp4'],
        tools: '[]',
        audios: [],
      },
      ['system: "Be brief."', 'user: image(a.jpg) | "Q" | video(v.mp4)', 'assistant: "A"'],
    ],
    [
      'tool turns',
      { conversations: [...turns('Q'), { from: 'function_call', value: '{}' }], images: [] },
      'formats/tools-unsupported',
    ],
    ['tools', { conversations: turns('Q', 'A'), tools: '[{}]' }, 'formats/tools-unsupported'],
    [
      'KTO',
      { conversations: turns('Q', 'A'), kto_tag: false, images: [] },
      'formats/preference-record',
    ],
    ['audio', { conversations: turns('Q', 'A'), audios: ['a.wav'] }, 'formats/audio-unsupported'],
    [
      'videos that lack a mark',
      { conversations: turns('<image>Q', 'A'), images: ['a.jpg'], videos: ['v.mp4'] },
      'formats/placeholder-mismatch',
    ],
  ])('%s', async (_, record, expected) => {
    expect(await read(record)).toEqual(expected);
  });
});

describe('messages', () => {
  const ask = (content: unknown, more: object = {}): object => ({
    messages: [
      { role: 'user', content },
      { role: 'assistant', content: 'A' },
    ],
    ...more,
  });
  const url = 'data:image/jpeg;base64,AQID';
  test.each<[string, object, string]>([
    ['OpenAI', ask([{ type: 'image_url', image_url: { url } }]), 'bytes(1,2,3)'],
    ['axolotl path', ask([{ type: 'image', path: 'a.png' }]), 'image(a.png)'],
    ['axolotl url', ask([{ type: 'image', url: 'a.png' }]), 'image(a.png)'],
    ['axolotl base64', ask([{ type: 'image', base64: 'AQID' }]), 'bytes(1,2,3)'],
    ['Qwen', ask([{ type: 'image', image: 'a.png' }]), 'image(a.png)'],
    ['file URL', ask([{ type: 'image', url: 'file:///x/a%20b.png' }]), 'image(/x/a b.png)'],
    ['video', ask([{ type: 'video', path: 'v.mp4', fps: 1 }]), 'video(v.mp4){"fps":1}'],
    [
      'video in a table with empty columns',
      ask([{ type: 'video', video: 'v', text: null, image: null }]),
      'video(v)',
    ],
    [
      'video times',
      ask([{ type: 'video', path: 'v', timestampsMs: [0, 5] }]),
      'video(v){"timestampsMs":[0,5]}',
    ],
    [
      'TRL parts',
      ask([{ type: 'image' }, { type: 'text', text: 'Q' }], { images: ['a'] }),
      'image(a) | "Q"',
    ],
    ['TRL column', ask('Q', { image: 'a' }), 'image(a) | "Q"'],
    ['TRL columns', ask('Q', { images: ['a', url] }), 'image(a) | bytes(1,2,3) | "Q"'],
    ['ms-swift', ask('<image>Q', { images: ['a'] }), 'image(a) | "Q"'],
    ['a mark in a text part', ask([{ type: 'text', text: '<image>' }]), '"<image>"'],
  ])('%s', async (_, record, expected) => {
    expect(await read(record)).toEqual([`user: ${expected}`, 'assistant: "A"']);
  });

  test.each<[string, object]>([
    ['placeholder-mismatch', ask('<image>Q')],
    ['placeholder-mismatch', ask('<image>Q', { images: ['a', 'b'] })],
    ['placeholder-mismatch', ask([{ type: 'image' }])],
    [
      'bad-data-url',
      ask([{ type: 'image_url', image_url: { url: 'data:image/png;base64,A*B=' } }]),
    ],
    ['bad-data-url', ask([{ type: 'image_url', image_url: { url: 'data:image/png,abc' } }])],
    ['remote-media', ask([{ type: 'image_url', image_url: { url: 'http://x/y.png' } }])],
    ['embedded-video', ask([{ type: 'video', url: 'data:video/mp4;base64,AQID' }])],
    ['bad-part', ask([{ type: 'video', path: 'v', fps: 0 }])],
    ['bad-part', ask([{ type: 'video', path: 'v', fps: 1, frames: 2 }])],
    ['unknown-key', ask([{ type: 'video', path: 'v', timestamps: [0] }])],
    ['unknown-key', ask([{ type: 'video', path: 'v', frame: 2 }])],
    ['bad-part', ask([{ type: 'text' }])],
    ['unknown-part', ask([{ type: 'input_audio' }])],
    ['bad-message', ask(null)],
    ['unknown-role', { messages: [{ role: 'nobody', content: '' }] }],
    ['tools-unsupported', { messages: [{ role: 'tool', content: '' }] }],
    ['tools-unsupported', ask('Q', { tools: [{}] })],
    ['preference-record', ask('Q', { rejected_response: 'B' })],
    ['regions-unsupported', ask('Q', { objects: { bbox: [[1, 2, 3, 4]] } })],
    ['loss-weight-unsupported', { messages: [{ role: 'assistant', content: 'A', weight: 0 }] }],
  ])('%s: %j', async (code, record) => {
    expect(await read(record)).toBe(`formats/${code}`);
  });
});

describe('files', () => {
  const record = '{"messages":[{"role":"user","content":"Q, [\\"{"}]}';

  test('lines of array elements, whatever the layout', async () => {
    const pretty = JSON.stringify(JSON.parse(record), null, 2).replaceAll('\n', '\r\n');
    const { samples, issues } = await load(
      `\ufeff\n[ ${record},${record}\n ,\n\n${pretty}\n,\n${record}]\n`,
    );
    expect(issues).toEqual([]);
    expect(samples.map(({ source }) => source.line)).toEqual([2, 2, 5, 14]);
    expect(samples[0]?.id).toBe('data.json:2');
  });

  test('faults of an array are issues, and what follows is read', async () => {
    const bad = `[\n${record},\n{"messages": "unclosed\n},\n{"a": tru},\n,${record}\n${record},\n7, nul,"s",\n]\nrest\n`;
    const { samples, issues } = await load(bad);
    expect(samples.map(({ source }) => source.line)).toEqual([2, 6, 7]);
    expect(issues.map(({ line, code }) => `${line} ${code.slice(8)}`)).toEqual([
      '3 json-syntax', // a string that its line does not close
      '5 json-syntax', // tru
      '6 json-syntax', // two commas
      '7 json-syntax', // no comma
      '8 bad-record', // 7
      '8 json-syntax', // nul
      '8 bad-record', // "s"
      '9 json-syntax', // a comma before the end
      '10 json-trailing',
    ]);
  });

  test.each([`[${record}`, `[${record},`, `[${record}, {"messages": [`])(
    'a file cut short keeps what is whole: %s',
    async (text) => {
      const { samples, issues } = await load(text);
      expect(samples.length).toBe(1);
      expect(issues).toMatchObject([{ code: 'formats/json-unclosed', line: 1 }]);
    },
  );

  test('records across the chunks of a large file', async () => {
    const value = '{"messages":[{"role":"user","content":"é\\\\\\"[{' + 'x'.repeat(70_000) + '"}]}';
    const { samples, issues } = await load(`[${Array(20).fill(value).join(',\n')}]`);
    expect(issues).toEqual([]);
    expect(samples.map(({ source }) => source.line)).toEqual(
      [...Array(20).keys()].map((i) => i + 1),
    );
  });

  test('JSON lines in a file called .json', async () => {
    const { samples } = await load(`${record}\n\n${record}`);
    expect(samples.map(({ source }) => source.line)).toEqual([1, 3]);
  });

  test('files that are no datasets', async () => {
    await failure(load(''), 'formats/dataset-empty');
    await failure(load('[]'), 'formats/dataset-empty');
    const error = await failure(load('[{"a":1,"b":2}]'), 'formats/dataset-unknown');
    expect(error.got).toContain('a, b');
    await failure(load('\u0000garbage'), 'formats/dataset-unknown');
    const absent = await failure(loadDataset(folder.path('absent')), 'formats/file-not-found');
    expect(absent.hint).toContain('relative path');
    await failure(loadDataset(folder.path('.')), 'formats/file-unreadable');
    await failure(
      loadDataset(folder.path('x'), { format: 'nope' }),
      'formats/dataset-format-unknown',
    );
    const path = folder.path('utf16.json');
    writeFileSync(path, Buffer.from(`\ufeff[${record}]`, 'utf16le'));
    await failure(loadDataset(path), 'formats/not-utf8');
  });
});

describe('one conversation', () => {
  const messages = [{ role: 'user', content: [{ type: 'image', path: 'a.png' }] }];

  test('is read with its media beside the file', async () => {
    const path = folder.path('c.json');
    writeFileSync(path, JSON.stringify({ messages }, null, 1));
    await failure(readConversation(path), 'formats/media-missing');
    writeFileSync(folder.path('a.png'), '');
    const sample = await readConversation(path);
    expect(sample.messages[0]?.content).toEqual([{ type: 'image', path: folder.path('a.png') }]);
  });

  test('none or several are refused, a fault names the line', async () => {
    const path = folder.path('c.json');
    const line = JSON.stringify({ messages: [{ role: 'user', content: 'x' }] });
    writeFileSync(path, `${line}\n${line}`);
    await failure(readConversation(path), 'formats/one-conversation');
    writeFileSync(path, '\n');
    await failure(readConversation(path), 'formats/one-conversation');
    writeFileSync(path, '\n{"messages": 3}');
    const error = await failure(readConversation(path), 'formats/bad-record');
    expect(error.message).toContain('c.json:2:');
  });
});

test('a misspelt way to choose frames is named', async () => {
  const content = [{ type: 'video', path: 'v.mp4', timestamps: [0, 5] }];
  const { issues } = await load([{ messages: [{ role: 'user', content }] }]);
  expect(issues).toMatchObject([{ code: 'formats/unknown-key', line: 1 }]);
  expect(issues[0]?.message).toMatch(/"timestamps".*timestampsMs/);
});
