/**
 * Seeded mutations of valid files: every outcome is a result or a LensmithError
 * (for records of datasets: a sample or an issue), and never a hang.
 */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { LensmithError } from '../../src-main/base/errors.ts';
import { Random } from '../../src-main/base/random.ts';
import { loadDataset, readConversation } from '../../src-main/formats/datasets/index.ts';
import { parseLoraConfig } from '../../src-main/formats/adapters/peft.ts';
import {
  readSafetensorsHeader,
  readTensorBytes,
} from '../../src-main/formats/weights/safetensors.ts';
import { temporaryFolder, writeText } from '../formats/support.ts';

const folder = temporaryFolder();
const fixture = new URL('../fixtures/formats/lora_adapter/', import.meta.url).pathname;

/** Bytes that mean something to the readers, besides any byte. */
const telling = Buffer.from('{}[]",:\\0123456789-.eE\n\r \u0000truefalsn<>').toString('latin1');

function mutate(random: Random, original: Uint8Array, from: number, to: number): Buffer {
  let bytes = Buffer.from(original);
  for (let n = 1 + random.below(4); n > 0; n--) {
    const at = from + random.below(Math.max(1, Math.min(to, bytes.byteLength) - from));
    const end = at + random.below(24);
    const byte =
      random.below(2) === 0 ? random.below(256) : telling.charCodeAt(random.below(telling.length));
    switch (random.below(5)) {
      case 0:
        if (at < bytes.byteLength) bytes[at] = byte;
        break;
      case 1:
        bytes = Buffer.concat([bytes.subarray(0, at), Buffer.of(byte), bytes.subarray(at)]);
        break;
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]);
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, end), bytes.subarray(at)]);
        break;
      case 4:
        bytes = bytes.subarray(0, random.below(8) === 0 ? at : bytes.byteLength);
        break;
    }
  }
  return bytes;
}

async function outcome(work: () => Promise<unknown>, seed: number): Promise<'read' | 'refused'> {
  try {
    await work();
    return 'read';
  } catch (error) {
    expect(error, `seed ${seed}: ${String(error)}`).toBeInstanceOf(LensmithError);
    return 'refused';
  }
}

test('safetensors', async () => {
  const original = readFileSync(`${fixture}adapter_model.safetensors`);
  const headerEnd = 8 + Number(original.readBigUInt64LE(0));
  const tally = { read: 0, refused: 0 };
  for (let seed = 0; seed < 600; seed++) {
    const random = new Random(seed);
    const bytes = mutate(random, original, random.below(4) === 0 ? 0 : 8, headerEnd);
    const path = writeText(folder.path('f.safetensors'), bytes);
    const result = await outcome(async () => {
      const header = await readSafetensorsHeader(path);
      for (const { name, byteOffset, sizeBytes, shape } of header.tensors.values()) {
        expect(byteOffset).toBeGreaterThanOrEqual(header.dataStart);
        expect(byteOffset + sizeBytes).toBeLessThanOrEqual(bytes.byteLength);
        expect(shape.every((n) => Number.isSafeInteger(n) && n >= 0)).toBe(true);
        if (seed % 20 === 0)
          expect((await readTensorBytes(header, name)).byteLength).toBe(sizeBytes);
      }
    }, seed);
    tally[result]++;
  }
  expect(tally.refused).toBeGreaterThan(300);
  expect(tally.read).toBeGreaterThan(0);
}, 20_000);

const record = {
  id: 7,
  image: ['a.jpg', 'data:image/png;base64,iVBORw0KGgo='],
  system: 'é "quoted" \\ 漢',
  conversations: [
    { from: 'human', value: '<image>\nWhat?\n<image>' },
    { from: 'gpt', value: 'A {cat], [dog}.' },
  ],
};
const messages = {
  messages: [
    {
      role: 'user',
      content: [
        { type: 'video', path: 'v', fps: 1 },
        { type: 'text', text: 'Q' },
      ],
    },
    { role: 'assistant', content: 'A' },
  ],
};
const files: [string, string, string][] = [
  ['LLaVA', 'd.json', JSON.stringify([record, record, record], null, 1)],
  ['compact', 'd.json', `[${JSON.stringify(record)},${JSON.stringify(record)}]`],
  ['ShareGPT', 'd.jsonl', `${JSON.stringify({ ...record, tools: '' })}\n`.repeat(3)],
  ['messages', 'd.json', JSON.stringify([messages, messages], null, 2)],
  ['message lines', 'd.ndjson', `${JSON.stringify(messages)}\n`.repeat(3)],
];

test.each(files)(
  'datasets: %s',
  async (_, name, text) => {
    const original = Buffer.from(text);
    let broken = 0;
    for (let seed = 0; seed < 120; seed++) {
      const bytes = mutate(new Random(seed), original, 0, original.byteLength);
      const path = writeText(folder.path(name), bytes);
      const result = await outcome(async () => {
        const { samples, issues } = await loadDataset(path, { requireMedia: false });
        if (issues.length > 0) broken++;
        const last = bytes.toString('latin1').split('\n').length;
        const wrong = issues.filter(
          ({ code, line, file, message }) =>
            !/^formats\/[a-z0-9-]+$/.test(code) ||
            file !== path ||
            !(line >= 1 && line <= last) ||
            message.length > 1000,
        );
        expect(wrong, `seed ${seed}`).toEqual([]);
        expect(samples.every(({ messages }) => messages.length > 0)).toBe(true);
      }, seed);
      if (result === 'refused') broken++;
      await outcome(() => readConversation(path, { requireMedia: false }), seed);
    }
    expect(broken).toBeGreaterThan(40);
  },
  20_000,
);

test('adapter configs', async () => {
  const original = readFileSync(`${fixture}adapter_config.json`);
  for (let seed = 0; seed < 500; seed++) {
    const bytes = mutate(new Random(seed), original, 0, original.byteLength);
    let json: unknown;
    try {
      json = JSON.parse(bytes.toString('utf8'));
    } catch {
      continue;
    }
    await outcome(async () => parseLoraConfig(json, 'file'), seed);
  }
});
