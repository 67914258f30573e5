/**
 * Folders that Lensmith writes, opened by those who read them elsewhere: transformers, PEFT and
 * bitsandbytes load them whole and give the same logits and answers; and one that bitsandbytes wrote,
 * opened by Lensmith. `PYTHON` names a Python that has them, as well as Pillow; without it nothing of
 * this can be asked.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { packageRoot } from '../../src-main/base/package-root.ts';
import {
  readSafetensorsHeader,
  readTensorBytes,
} from '../../src-main/formats/weights/safetensors.ts';
import { runHere } from '../support/cli.ts';
import { fixtures } from '../support/fixture-case.ts';
import { writeLanguageFolder, writeVisionFolder } from '../support/model-parts.ts';
import { writeRandomAdapter } from '../support/tuned-adapter.ts';
import { askPython, missing } from './python.ts';
import { writeDataset } from '../training/support.ts';
import type { Family } from '../training/support.ts';

interface PeerReading {
  readonly notLoaded: readonly string[];
  readonly linearMaps: Readonly<Record<string, number>>;
  readonly inputIds: readonly number[];
  readonly logits: readonly number[];
  readonly answer: readonly number[];
}

interface Case {
  readonly title: string;
  /** Python's names of what it takes beside transformers. */
  readonly takes: readonly string[];
  /** @returns the folder, and that of an adapter to put on it */
  readonly write: (out: string) => Promise<{ readonly folder: string; readonly adapter?: string }>;
  /** Of the logits, as a part of the largest one. */
  readonly tolerance: number;
  /** Maps of which bitsandbytes keeps the weights: those of the decoder, and no others. */
  readonly quantised?: Readonly<Record<string, number>>;
}

const root = mkdtempSync(join(tmpdir(), 'lensmith-reference-'));
const starter = join(packageRoot(), 'resources', 'starter-model');
const checkpoint = join(fixtures, 'llava15', 'checkpoint');
const image = join(packageRoot(), 'resources', 'sample-project', 'images', 'test-001.jpg');
const question = 'Which part is this, and what is the verdict?';
const rounding = 1e-4;

afterAll(() => rmSync(root, { recursive: true, force: true }));

/** @returns what the command prints on standard output */
async function lensmith(args: readonly string[]): Promise<string> {
  const { status, out, err } = await runHere([...args, '--device', 'cpu']);
  expect(status, err).toBe(0);
  return out;
}

const quantising = (format: string, of: string) => async (out: string) => {
  await lensmith(['model', 'quantize', of, '--format', format, '--out', out]);
  return { folder: out };
};

const merging = (family: Family) => async (out: string) => {
  const model = join(fixtures, family, 'checkpoint');
  const adapter = join(fixtures, family, 'training', 'lora', 'final_adapter');
  await lensmith(['export', '--model', model, '--adapter', adapter, '--merge', '--out', out]);
  return { folder: out };
};

async function compose(out: string): Promise<{ folder: string }> {
  const parts = { vision: `${out}-vision`, language: `${out}-language` };
  await writeVisionFolder(starter, parts.vision);
  await writeLanguageFolder(starter, parts.language);
  const given = ['--vision', parts.vision, '--language', parts.language, '--out', out];
  await lensmith(['model', 'compose', ...given]);
  return { folder: out };
}

async function trainWhole(out: string): Promise<{ folder: string }> {
  const data = writeDataset('llava15', `${out}.jsonl`);
  const given = ['--model', checkpoint, '--data', data, '--method', 'full', '--max-steps', '2'];
  await lensmith(['train', ...given, '--out', out]);
  return { folder: join(out, 'model') };
}

const cases: readonly Case[] = [
  {
    title: 'the starter model',
    takes: [],
    write: () => Promise.resolve({ folder: starter }),
    tolerance: rounding,
  },
  ...(['llava15', 'interleave'] as const).map((family) => ({
    title: `an adapter merged into its model, ${family}`,
    takes: [],
    write: merging(family),
    tolerance: rounding,
  })),
  { title: 'a composed model', takes: [], write: compose, tolerance: rounding },
  {
    title: 'a model that was trained whole',
    takes: [],
    write: trainWhole,
    tolerance: rounding,
  },
  {
    title: 'an adapter',
    takes: ['peft'],
    write: async (out) => {
      await writeRandomAdapter(checkpoint, out);
      return { folder: checkpoint, adapter: out };
    },
    tolerance: rounding,
  },
  {
    title: 'a model in NF4',
    takes: ['bitsandbytes'],
    write: quantising('nf4', starter),
    tolerance: rounding,
    quantised: { Linear4bit: 35 },
  },
  {
    title: 'a model that bitsandbytes wrote in NF4, the tower too',
    takes: ['bitsandbytes'],
    write: (out) => {
      askPython('quantise_folder.py', [starter, out]);
      return Promise.resolve({ folder: out });
    },
    tolerance: rounding,
    quantised: { Linear4bit: 61 },
  },
  {
    title: 'a model in int8, of which bitsandbytes rounds the inputs of maps as well',
    takes: ['bitsandbytes'],
    write: quantising('int8', starter),
    tolerance: 0.03,
    quantised: { Linear8bitLt: 35 },
  },
];

function peerReading(folder: string, adapter: string | undefined): PeerReading {
  const args = [folder, image, question, ...(adapter === undefined ? [] : [adapter])];
  return JSON.parse(askPython('read_folder.py', args)) as PeerReading;
}

async function ownReading(
  folder: string,
  adapter: string | undefined,
): Promise<Pick<PeerReading, 'inputIds' | 'logits' | 'answer'>> {
  const conversation = join(root, 'conversation.json');
  const content = [
    { type: 'image', path: image },
    { type: 'text', text: question },
  ];
  writeFileSync(conversation, JSON.stringify({ messages: [{ role: 'user', content }] }));
  const file = join(root, 'tensors.safetensors');
  const tuned = adapter === undefined ? [] : ['--adapter', adapter];
  const given = [folder, '--conversation', conversation, '--dtype', 'f32', ...tuned];
  rmSync(file, { force: true });
  await lensmith(['model', 'forward', ...given, '--generation-prompt', '--out', file]);
  const header = await readSafetensorsHeader(file);
  const bytesOf = async (name: string): Promise<ArrayBuffer> =>
    Uint8Array.from(await readTensorBytes(header, name)).buffer;
  const logits = new Float32Array(await bytesOf('logits'));
  const vocabSize = header.tensors.get('logits')?.shape.at(-1) ?? 0;
  const settings = ['--greedy', '--max-new-tokens', '12', '--json'];
  const answered = await lensmith(['model', 'generate', ...given, ...settings]);
  return {
    inputIds: [...new BigInt64Array(await bytesOf('input_ids'))].map(Number),
    logits: [...logits.slice(-vocabSize)],
    answer: (JSON.parse(answered) as { newTokenIds: number[] }).newTokenIds,
  };
}

const absence = missing([]);
if (absence !== null) test('every folder', (context) => context.skip(true, absence));

describe.each(absence === null ? cases : [])('$title', ({ takes, write, tolerance, quantised }) => {
  test('is read whole, and says the same', async (context) => {
    const reason = missing(takes);
    context.skip(reason !== null, reason ?? '');
    const out = join(root, String(cases.findIndex((one) => one.write === write)));
    const { folder, adapter } = await write(out);
    const peer = peerReading(folder, adapter);
    expect(peer.notLoaded).toEqual([]);
    if (quantised !== undefined) expect(peer.linearMaps).toMatchObject(quantised);
    const own = await ownReading(folder, adapter);
    expect(own.inputIds).toEqual(peer.inputIds);
    const largest = Math.max(...peer.logits.map(Math.abs));
    const gaps = own.logits.map((logit, v) => Math.abs(logit - (peer.logits[v] ?? Number.NaN)));
    expect(Math.max(...gaps)).toBeLessThan(tolerance * largest);
    expect(own.answer).toEqual(peer.answer);
  }, 300_000);
});
