/** Each command once as the built program, in a process of its own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  readSafetensorsHeader,
  readTensorBytes,
} from '../../src-main/formats/weights/safetensors.ts';
import { runBuilt } from '../support/cli.ts';
import { fixtureCase, fixtures, largestDifference } from '../support/fixture-case.ts';

const model = join(fixtures, 'llava15', 'checkpoint');
const image = join(fixtures, 'llava15', 'images', 'wide.png');
let dir: string;
let conversation: string;
let data: string;

const question = [
  { type: 'image', path: image },
  { type: 'text', text: 'What is above the red square?' },
];

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'lensmith-cli-'));
  const write = (name: string, value: unknown): string => {
    writeFileSync(join(dir, name), JSON.stringify(value));
    return join(dir, name);
  };
  const messages = [
    { role: 'user', content: question },
    { role: 'assistant', content: 'A blue circle.' },
  ];
  conversation = write('conversation.json', { messages });
  data = write('data.jsonl', { id: 'one', messages });
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

test('doctor finds what the tests themselves need', async () => {
  const { status, out, err } = await runBuilt(['doctor', '--json']);
  expect([status, err]).toEqual([0, '']);
  const report = JSON.parse(out) as Record<string, Record<string, unknown>>;
  expect(report['engine']).toMatchObject({ name: 'cpu' });
  expect(report['versions']?.['node']).toBe(process.versions.node);
  expect(report['memory']?.['totalBytes']).toBeGreaterThan(1e8);
});

test('model inspect', async () => {
  const { status, out } = await runBuilt(['model', 'inspect', model, '--json']);
  expect(status).toBe(0);
  const summary = JSON.parse(out) as Record<string, unknown>;
  expect(summary).toMatchObject({
    modelType: 'llava',
    images: { tokensPerImage: 36, size: 48 },
    tokenizer: { imageToken: { text: '<image>' }, vocabularySize: 700 },
  });
  const parts = summary['parts'] as { parameters: number }[];
  const total = parts.reduce((sum, part) => sum + part.parameters, 0);
  expect(total).toBe(summary['parameters']);
  expect(summary['dtypes']).toEqual({ F32: total });
});

test('model forward writes what the reference computes', async () => {
  const golden = await fixtureCase('llava15', 'single');
  const file = join(dir, 'forward.safetensors');
  const args = ['model', 'forward', model, '--conversation', conversation, '--out', file, '--json'];
  const { status, out, err } = await runBuilt(args);
  expect([status, err]).toEqual([0, '']);
  const result = JSON.parse(out) as { prompt: string; tokenCount: number; loss: number };
  expect(result).toMatchObject({ prompt: golden.prompt, tokenCount: golden.inputIds.length });
  expect(Math.abs(result.loss - golden.loss)).toBeLessThan(1e-5);
  const header = await readSafetensorsHeader(file);
  const ids = Uint8Array.from(await readTensorBytes(header, 'input_ids'));
  expect([...new BigInt64Array(ids.buffer)].map(Number)).toEqual(golden.inputIds);
  expect(header.tensors.get('logits')?.shape).toEqual([1, golden.inputIds.length, 704]);
  for (const [name, wanted, tolerance] of [
    ['pixel_values', 'in.pixel_values', 1e-5],
    ['vision_features', 'act.vision_selected', 1e-4],
    ['projected', 'act.projector_out', 1e-4],
    ['logits', 'out.logits', 1e-4],
  ] as const) {
    const bytes = Uint8Array.from(await readTensorBytes(header, name));
    const difference = largestDifference(
      new Float32Array(bytes.buffer),
      await golden.tensor(wanted),
    );
    expect(difference, name).toBeLessThan(tolerance);
  }
});

test('model generate', async () => {
  const golden = await fixtureCase('llava15', 'single');
  const args = ['model', 'generate', model, '--conversation', conversation];
  const more = ['--max-new-tokens', '12', '--greedy', '--ignore-eos'];
  const { status, out } = await runBuilt([...args, ...more, '--json']);
  expect(status).toBe(0);
  const result = JSON.parse(out) as Record<string, unknown>;
  expect(result['newTokenIds']).toEqual(golden.greedyIds);
  expect(result['decodeTokensPerSecond']).toBeGreaterThan(0);
  const plain = await runBuilt([...args, ...more]);
  expect(plain.out).toBe(`${String(result['text'])}\n`);
  expect(plain.err).toMatch(/12 tokens, prefill .* decode .*\(length\)/);
});

test('eval', async () => {
  const args = ['eval', '--model', model, '--data', data, '--max-new-tokens', '4', '--json'];
  const { status, out } = await runBuilt([...args, '--metrics', 'loss,exact-match,token-f1']);
  expect(status).toBe(0);
  const golden = await fixtureCase('llava15', 'single');
  const result = JSON.parse(out) as {
    overall: Record<string, number>;
    samples: { id: string; answers: { prediction: string; reference: string }[] }[];
  };
  expect(Object.keys(result.overall)).toEqual(['loss', 'exact-match', 'token-f1']);
  expect(Math.abs((result.overall['loss'] ?? NaN) - golden.loss)).toBeLessThan(1e-5);
  expect(result.samples[0]).toMatchObject({
    id: 'one',
    answers: [{ reference: 'A blue circle.' }],
  });
});

test('chat takes lines from a pipe and keeps the conversation', async () => {
  const input = `/image ${image}\nWhat is it?\nAnd now?\n/reset\n/image "${image}"\nAgain?\n`;
  const args = ['chat', model, '--max-new-tokens', '3', '--greedy', '--json'];
  const { status, out, err } = await runBuilt(args, { input });
  expect(status).toBe(0);
  expect(err).toContain('attached');
  const { messages } = JSON.parse(out) as { messages: { role: string; content: unknown[] }[] };
  expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant']);
  expect(messages[0]?.content[0]).toEqual({ type: 'image', path: image });
});

describe('failures', () => {
  test('an error has its code on standard error and status 1', async () => {
    const { status, out, err } = await runBuilt(['model', 'inspect', join(dir, 'nowhere')]);
    expect([status, out]).toEqual([1, '']);
    expect(err).toMatch(/^error models\/no-config: /);
    expect(err).toMatch(/\n {2}expected: .*\n {2}got: .*\n {2}hint: /);
  });

  test('with --json it is the one document too', async () => {
    const { status, out } = await runBuilt(['model', 'inspect', join(dir, 'nowhere'), '--json']);
    expect(status).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'models/no-config' } });
  });

  test('wrong usage is status 2 with the usage text', async () => {
    const { status, err } = await runBuilt(['model', 'generate', model]);
    expect(status).toBe(2);
    expect(err).toContain('Usage: lensmith model generate DIR --conversation FILE');
    expect(err).toContain('error cli/usage: --conversation FILE is missing.');
  });

  test('a line of a piped chat that fails ends it', async () => {
    const { status, err } = await runBuilt(['chat', model], { input: '/image nowhere.png\nHi\n' });
    expect(status).toBe(1);
    expect(err).toContain('error media/image-unreadable');
  });

  test('Ctrl+C ends a long answer with status 130', async () => {
    const args = ['model', 'generate', model, '--conversation', conversation];
    const more = ['--max-new-tokens', '900', '--ignore-eos', '--greedy'];
    const { status, err } = await runBuilt([...args, ...more], { interruptAfter: /bird/ });
    expect(status).toBe(130);
    expect(err).toContain('job/cancelled');
  });
});
