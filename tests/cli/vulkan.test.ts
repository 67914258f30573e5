/** What the command line computes with `--device vulkan` is what the reference computed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  readSafetensorsHeader,
  readTensorBytes,
} from '../../src-main/formats/weights/safetensors.ts';
import type { ModelSummary } from '../../src-main/app/inspect/inspect.ts';
import { packageRoot } from '../../src-main/base/package-root.ts';
import { closeDevice } from '../../src-main/tensor/device.ts';
import { runHere } from '../support/cli.ts';
import { reasonForAbsence } from '../support/devices.ts';
import { fixtureCase, fixtures, largestDifference } from '../support/fixture-case.ts';

const model = join(fixtures, 'llava15', 'checkpoint');
const absence = reasonForAbsence('vulkan');
let dir: string;
let conversation: string;
let data: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'lensmith-cli-'));
  const image = { type: 'image', path: join(fixtures, 'llava15', 'images', 'wide.png') };
  const question = [image, { type: 'text', text: 'What is above the red square?' }];
  const messages = [
    { role: 'user', content: question },
    { role: 'assistant', content: 'A blue circle.' },
  ];
  conversation = join(dir, 'conversation.json');
  writeFileSync(conversation, JSON.stringify({ messages }));
  data = join(dir, 'data.jsonl');
  writeFileSync(data, JSON.stringify({ id: 'one', messages }));
});

afterAll(() => {
  closeDevice();
  rmSync(dir, { recursive: true, force: true });
});

async function jsonOf(args: readonly string[]): Promise<Record<string, unknown>> {
  const { status, out, err } = await runHere([...args, '--device', 'vulkan', '--json']);
  expect([status, err]).toEqual([0, '']);
  return JSON.parse(out) as Record<string, unknown>;
}

test('model forward, model generate, eval', { timeout: 240_000 }, async (context) => {
  context.skip(absence !== null, absence ?? '');
  const golden = await fixtureCase('llava15', 'single');
  const file = join(dir, 'forward.safetensors');
  const ask = [model, '--conversation', conversation];
  const forward = await jsonOf(['model', 'forward', ...ask, '--out', file]);
  expect(Math.abs((forward['loss'] as number) - golden.loss)).toBeLessThan(1e-5);
  const bytes = await readTensorBytes(await readSafetensorsHeader(file), 'logits');
  const logits = new Float32Array(Uint8Array.from(bytes).buffer);
  expect(largestDifference(logits, await golden.tensor('out.logits'))).toBeLessThan(1e-4);

  const settings = ['--max-new-tokens', '12', '--greedy', '--ignore-eos'];
  const generated = await jsonOf(['model', 'generate', ...ask, ...settings]);
  expect(generated['newTokenIds']).toEqual(golden.greedyIds);

  const measure = ['--data', data, '--metrics', 'loss'];
  const { overall } = await jsonOf(['eval', '--model', model, ...measure]);
  expect(Math.abs((overall as { loss: number }).loss - golden.loss)).toBeLessThan(1e-5);
});

test('names of devices that are not there are refused before anything is loaded', async () => {
  closeDevice();
  const ask = ['model', 'generate', model, '--conversation', conversation];
  const wrong = await runHere([...ask, '--device', 'cuda:0']);
  expect(wrong.status).toBe(2);
  expect(wrong.err).toContain('auto, cpu, vulkan or vulkan:N');
  const { status, err } = await runHere([...ask, '--device', 'vulkan:999']);
  expect(status).toBe(1);
  expect(err).toMatch(/There is no such graphics device|no working Vulkan loader/);
});

/** Its weights take 15 MiB, and some 11 with the decoder in NF4. */
const starter = join(packageRoot(), 'resources', 'starter-model');

test('of a model that a card has no room for it is said what it needs and what would help', async (context) => {
  context.skip(absence !== null, absence ?? '');
  const on = (mebibytes: number): string[] => [
    ...['--device', 'vulkan', '--device-memory', String(mebibytes / 1024)],
  ];
  closeDevice();
  const looked = await runHere(['model', 'inspect', starter, ...on(10)]);
  expect(looked.status, looked.err).toBe(0);
  expect(looked.out).toMatch(/in 10\.0 MiB of /);
  expect(looked.out).toMatch(/^run .* does not fit$/m);
  // By its name, whichever of its kernels it computes with.
  closeDevice();
  const plain = await runHere([
    'model',
    'inspect',
    starter,
    '--device',
    'vulkan:0:plain',
    '--json',
  ]);
  const { memory } = JSON.parse(plain.out) as ModelSummary;
  expect(memory.place.device).not.toMatch(/^vulkan/);
  const given = ['--model', starter, '--data', data, '--out', join(dir, 'run'), '--plan'];
  const refusal = async (mebibytes: number): Promise<string> => {
    closeDevice();
    const { status, err } = await runHere([
      ...['train', '--method', 'lora', ...given, ...on(mebibytes)],
    ]);
    expect(status).toBe(1);
    return err;
  };
  const tight = await refusal(14);
  expect(tight).toContain('error memory/out-of-memory: The weights of the model do not fit.');
  expect(tight).toMatch(/expected: room for 16 MiB\n {2}got: 13 MiB on /);
  expect(tight).toMatch(/hint: In NF4 they take about 10 MiB: quantise/);
  expect(await refusal(5)).toContain('hint: Use a smaller model');
  closeDevice();
  const few = await runHere(['train', '--method', 'qlora', ...given, ...on(14)]);
  expect(few.status, few.err).toBe(0);
});

test('where a card has no room to merge, the processor is named, and merges', async (context) => {
  context.skip(absence !== null, absence ?? '');
  const [run, out] = [join(dir, 'few-bits'), join(dir, 'merged')];
  const given = ['--model', starter, '--data', data, '--out', run, '--max-steps', '1'];
  closeDevice();
  const trained = await runHere(['train', '--method', 'qlora', ...given, '--device', 'cpu']);
  expect(trained.status, trained.err).toBe(0);
  const ask = [
    ...['export', '--model', starter, '--adapter', join(run, 'adapter'), '--out', out],
    ...['--merge', '--quantize', 'nf4'],
  ];
  closeDevice();
  const refused = await runHere([...ask, '--device', 'vulkan', '--device-memory', '0.0137']);
  expect(refused.status).toBe(1);
  expect(refused.err).toContain('error device/too-small: There is no room on the card to merge.');
  expect(refused.err).toMatch(/hint: Merge on the processor.*--device cpu/);
  closeDevice();
  const merged = await runHere([...ask, '--device', 'cpu']);
  expect(merged.status, merged.err).toBe(0);
});
