/** What needs no process of its own. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { commands } from '../../src-main/cli/commands/index.ts';
import { runProgram } from '../../src-main/media/child-process.ts';
import { locateFfmpeg } from '../../src-main/media/ffmpeg.ts';
import { memoryStats, synchronize } from '../../src-main/tensor/device.ts';
import { runHere } from '../support/cli.ts';
import { fixtureCase, fixtures } from '../support/fixture-case.ts';

const model = join(fixtures, 'llava15', 'checkpoint');
let dir: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'lensmith-run-'));
});

afterAll(async () => {
  rmSync(dir, { recursive: true, force: true });
  await synchronize();
  expect(memoryStats().tensors).toBe(0);
});

function conversationFile(name: string, messages: unknown): string {
  writeFileSync(join(dir, name), JSON.stringify({ messages }));
  return join(dir, name);
}

test('help, version and unknown commands', async () => {
  const help = await runHere(['--help']);
  expect(help.status).toBe(0);
  for (const { name } of commands) expect(help.out).toContain(name);
  expect(await runHere(['--version'])).toMatchObject({ status: 0, err: '' });
  expect(await runHere(['modle', 'inspect'])).toMatchObject({ status: 2, out: '' });
  expect(await runHere(['model'])).toMatchObject({ status: 2 });
  expect(await runHere([])).toMatchObject({ status: 2, out: '' });
});

test('--profile tells where the time went, and leaves the result alone', async () => {
  const file = conversationFile('profiled.json', [{ role: 'user', content: 'Hi' }]);
  const args = ['model', 'generate', model, '--conversation', file, '--max-new-tokens', '3'];
  const plain = await runHere([...args, '--json']);
  const profiled = await runHere([...args, '--json', '--profile']);
  const textOf = (out: string): unknown => (JSON.parse(out) as { text: unknown }).text;
  expect(textOf(profiled.out)).toBe(textOf(plain.out));
  expect(profiled.err).toMatch(/^matmul +\d+ +\d+\.\d +\d+\.\d %$/m);
  expect(profiled.err).toContain('without a kernel');
  expect(plain.err).not.toContain('without a kernel');
});

test('every command explains itself', async () => {
  for (const { name, summary } of commands) {
    const { status, out } = await runHere([...name.split(' '), '--help']);
    expect([status, out.startsWith(summary)], name).toEqual([0, true]);
    expect(await runHere(['help', ...name.split(' ')])).toMatchObject({ status: 0, out });
  }
});

test.each([
  ['--device', 'gpu'],
  ['--threads', '0'],
  ['--threads', '100000'],
  ['--repetition-penalty', '0'],
  ['--top-p', '0'],
  ['--dtype', 'f64'],
  ['--temperature', '-1'],
])('%s %s is wrong usage', async (option, value) => {
  const file = conversationFile('q.json', [{ role: 'user', content: 'Hi' }]);
  const args = ['model', 'generate', model, '--conversation', file, option, value];
  expect(await runHere(args)).toMatchObject({ status: 2, out: '' });
});

test('eval refuses unknown metrics before it loads anything', async () => {
  const args = ['eval', '--model', 'nowhere', '--data', 'nowhere', '--metrics', 'bleu'];
  expect((await runHere(args)).status).toBe(2);
});

test('without an answer in the conversation the loss is null', async () => {
  const file = conversationFile('question.json', [{ role: 'user', content: 'Hi' }]);
  const out = join(dir, 'text.safetensors');
  const result = await runHere([
    'model',
    'forward',
    model,
    '--conversation',
    file,
    '--out',
    out,
    '--json',
  ]);
  expect(result.status).toBe(0);
  expect(JSON.parse(result.out)).toMatchObject({ loss: null, prompt: 'USER: Hi ' });
});

test('an answer without a question cannot be written anew', async () => {
  const file = conversationFile('alone.json', [{ role: 'assistant', content: 'Yes' }]);
  const args = ['model', 'generate', model, '--conversation', file, '--json'];
  const { status, out } = await runHere(args);
  expect(status).toBe(1);
  const error = { code: 'generation/no-question', hint: expect.stringContaining('user') as string };
  expect(JSON.parse(out)).toMatchObject({ error });
});

test('an adapter changes the answer, and one that fits nothing is refused', async () => {
  const golden = await fixtureCase('llava15', 'single');
  const content = golden.messages[0]?.content;
  const file = conversationFile('image.json', [{ role: 'user', content }]);
  const args = ['model', 'generate', model, '--conversation', file, '--max-new-tokens', '12'];
  const more = ['--greedy', '--ignore-eos', '--json', '--adapter'];
  const adapter = join(fixtures, 'llava15', 'training', 'lora', 'final_adapter');
  const adapted = await runHere([...args, ...more, adapter]);
  expect(adapted.status).toBe(0);
  const { newTokenIds } = JSON.parse(adapted.out) as { newTokenIds: number[] };
  expect(newTokenIds).toHaveLength(12);
  expect(newTokenIds).not.toEqual(golden.greedyIds);
  const missing = await runHere([...args, ...more, join(dir, 'nowhere')]);
  expect(missing.status).toBe(1);
});

test('a faulty record is told with its line, and the others count', async () => {
  const file = join(dir, 'mixed.jsonl');
  const good = {
    messages: [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Yes' },
    ],
  };
  writeFileSync(file, `${JSON.stringify(good)}\n{"messages": 5}\n`);
  const result = await runHere([
    'eval',
    '--model',
    model,
    '--data',
    file,
    '--metrics',
    'loss',
    '--json',
  ]);
  expect(result.status).toBe(0);
  expect(result.err).toMatch(/mixed\.jsonl:2: /);
  expect(JSON.parse(result.out)).toMatchObject({ issues: [{ line: 2 }] });
});

test('eval leaves out what has no answer or a broken picture, with a warning for each', async () => {
  const turn = (role: string, content: unknown) => ({ role, content });
  const picture = [{ type: 'image', path: 'torn.png' }];
  const silent = { id: 'silent', messages: [turn('user', 'Anybody?')] };
  const torn = { id: 'torn', messages: [turn('user', picture), turn('assistant', 'It')] };
  const good = { id: 'good', messages: [turn('user', 'Hi'), turn('assistant', 'Yes')] };
  const whole = readFileSync(join(fixtures, 'llava15', 'images', 'wide.png'));
  writeFileSync(join(dir, 'torn.png'), whole.subarray(0, 200));
  const file = join(dir, 'partly.jsonl');
  const lines = (records: unknown[]) => records.map((one) => `${JSON.stringify(one)}\n`).join('');
  writeFileSync(file, lines([silent, torn, good]));
  const args = ['eval', '--model', model, '--data', file, '--metrics', 'loss', '--json'];
  const result = await runHere(args);
  expect(result.status, result.err).toBe(0);
  expect(result.err).toMatch(/warning: .*partly\.jsonl:1: .*silent.* \(left out\)/);
  expect(result.err).toMatch(/warning: .*partly\.jsonl:2: .*torn\.png.* \(left out\)/);
  expect(JSON.parse(result.out)).toMatchObject({
    samples: [{ id: 'good' }],
    skipped: [
      { id: 'silent', line: 1, code: 'eval/no-answer' },
      { id: 'torn', line: 2, code: 'media/image-broken' },
    ],
  });
  writeFileSync(file, lines([silent, torn]));
  const none = await runHere(args);
  expect(none.status).toBe(1);
  expect(JSON.parse(none.out)).toMatchObject({ error: { code: 'eval/no-samples' } });
});

test.each([
  ['a clip by rate', { fps: 2 }, 4],
  ['a clip by count', { frames: 3 }, 3],
  ['a clip by times', { timestampsMs: [0, 900] }, 2],
  ['a clip, nothing said', {}, 8],
])('a video is its frames: %s', async (_, sampling, frames) => {
  const path = join(dir, 'clip.mp4');
  const { ffmpeg } = await locateFfmpeg();
  const source = ['-f', 'lavfi', '-i', 'testsrc=duration=2:size=64x48:rate=10'];
  const made = await runProgram(ffmpeg.path, ['-y', ...source, '-pix_fmt', 'yuv420p', path], {
    what: 'Making a clip',
    timeoutMs: 20_000,
    maxOutputBytes: 1 << 20,
  });
  expect(made.exitCode).toBe(0);
  const content = [
    { type: 'video', path: 'clip.mp4', ...sampling },
    { type: 'text', text: 'What?' },
  ];
  const file = conversationFile('video.json', [{ role: 'user', content }]);
  const out = join(dir, 'video.safetensors');
  const result = await runHere([
    'model',
    'forward',
    model,
    '--conversation',
    file,
    '--out',
    out,
    '--json',
  ]);
  expect(result).toMatchObject({ status: 0, err: '' });
  const { tensors } = JSON.parse(result.out) as { tensors: { name: string; shape: number[] }[] };
  const shapes = Object.fromEntries(tensors.map(({ name, shape }) => [name, shape]));
  expect(shapes['pixel_values']).toEqual([frames, 3, 48, 48]);
  expect(shapes['vision_features']).toEqual([frames, 36, 48]);
});

test('a folder of pictures is a video too', async () => {
  const content = [{ type: 'video', path: join(fixtures, 'llava15', 'images'), fps: 1 }];
  const file = conversationFile('folder.json', [{ role: 'user', content }]);
  const out = join(dir, 'folder.safetensors');
  const result = await runHere([
    'model',
    'forward',
    model,
    '--conversation',
    file,
    '--out',
    out,
    '--json',
  ]);
  expect(result.err).toBe('');
  expect(JSON.parse(result.out)).toMatchObject({
    tensors: [{}, { shape: [3, 3, 48, 48] }, {}, {}, {}],
  });
});
