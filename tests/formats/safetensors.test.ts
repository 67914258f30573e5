import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  readSafetensorsHeader,
  readTensorBytes,
  writeSafetensors,
} from '../../src-main/formats/weights/safetensors.ts';
import { failure, temporaryFolder, writeText } from './support.ts';

const folder = temporaryFolder();
const fixture = new URL(
  '../fixtures/formats/lora_adapter/adapter_model.safetensors',
  import.meta.url,
).pathname;

/** A file with this header text and so many bytes of data. */
function fileOf(header: unknown, dataBytes: number): Promise<unknown> {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(json.byteLength));
  const bytes = Buffer.concat([prefix, json, Buffer.alloc(dataBytes)]);
  return readSafetensorsHeader(writeText(folder.path('t.safetensors'), bytes));
}

describe('reading', () => {
  test('a file of the reference implementation', async () => {
    const header = await readSafetensorsHeader(fixture);
    expect(header.metadata).toEqual({ format: 'pt' });
    expect(header.tensors.size).toBe(16);
    const name = 'base_model.model.model.language_model.layers.0.self_attn.k_proj.lora_B.weight';
    const entry = header.tensors.get(name);
    expect(entry).toEqual({
      name,
      dtype: 'F32',
      shape: [32, 4],
      byteOffset: header.dataStart + 1024,
      sizeBytes: 512,
    });
    const whole = readFileSync(fixture);
    const start = header.dataStart + 1024;
    expect((await readTensorBytes(header, name)).equals(whole.subarray(start, start + 512))).toBe(
      true,
    );
    await failure(readTensorBytes(header, 'nope'), 'formats/safetensors-missing-tensor');
  });

  test('an unpadded header gives an unaligned data start as it is', async () => {
    const header = (await fileOf({ a: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }, 4)) as {
      dataStart: number;
    };
    expect(header.dataStart % 4).not.toBe(0);
  });

  test('empty tensors, scalars and types below a byte', async () => {
    const header = await fileOf(
      {
        empty: { dtype: 'F32', shape: [0, 7], data_offsets: [4, 4] },
        scalar: { dtype: 'I32', shape: [], data_offsets: [0, 4] },
        quarter: { dtype: 'F4', shape: [2, 3], data_offsets: [4, 7] },
      },
      7,
    );
    expect((header as { tensors: Map<string, unknown> }).tensors.size).toBe(3);
  });
});

describe('hostile files', () => {
  const entry = (dtype: unknown, shape: unknown, offsets: unknown): object => ({
    'a.weight': { dtype, shape, data_offsets: offsets },
  });
  const cases: [fault: string, header: unknown, dataBytes: number][] = [
    ['not-json', '{"a":', 4],
    ['not-json', '[]', 0],
    ['not-json', ' {}', 0],
    ['not-json', '', 0],
    ['not-json', '['.repeat(100_000), 0],
    ['bad-entry', { 'a.weight': null }, 0],
    ['unknown-dtype', entry('F31', [1], [0, 4]), 4],
    ['unknown-dtype', entry('toString', [1], [0, 4]), 4],
    ['bad-shape', entry('F32', [-1], [0, 4]), 4],
    ['bad-shape', entry('F32', [1.5], [0, 6]), 6],
    ['bad-shape', entry('F32', [2 ** 53], [0, 4]), 4],
    ['bad-shape', entry('F32', '1', [0, 4]), 4],
    ['size-mismatch', entry('F32', [2 ** 32, 2 ** 32], [0, 0]), 0],
    ['size-mismatch', entry('F32', [2 ** 52], [0, 4]), 4],
    ['size-mismatch', entry('F32', [2], [0, 4]), 4],
    ['size-mismatch', entry('F4', [3], [0, 2]), 2],
    ['bad-offsets', entry('F32', [1], [0]), 4],
    ['bad-offsets', entry('F32', [1], [-4, 0]), 4],
    ['out-of-file', entry('F32', [1], [4, 0]), 4],
    ['out-of-file', entry('F32', [1], [0, 4]), 3],
    ['out-of-file', entry('F32', [2 ** 50], [0, 2 ** 52]), 4],
    ['hole', entry('F32', [1], [4, 8]), 8],
    ['hole', entry('F32', [1], [0, 4]), 5],
    ['bad-metadata', { __metadata__: { a: 1 } }, 0],
    [
      'duplicate-name',
      '{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},"\\u0061":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}',
      0,
    ],
    ['duplicate-name', '{"a":{"dtype":"U8","shape":[1],"shape":[0],"data_offsets":[0,0]}}', 0],
    [
      'overlap',
      {
        'a.weight': { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
        b: { dtype: 'F32', shape: [1], data_offsets: [4, 8] },
      },
      8,
    ],
  ];
  test.each(cases)('%s: %j', async (fault, header, dataBytes) => {
    const error = await failure(fileOf(header, dataBytes), `formats/safetensors-${fault}`);
    expect(error.message).toContain('t.safetensors');
    expect(error.message.length).toBeLessThan(1000);
    if (error.message.includes('tensor ')) expect(error.message).toMatch(/tensor (a|b|shape)/);
  });

  test('lengths that lie, and files cut short', async () => {
    const read = (bytes: Uint8Array): Promise<unknown> =>
      readSafetensorsHeader(writeText(folder.path('t.safetensors'), bytes));
    const length = (n: bigint): Buffer => {
      const bytes = Buffer.alloc(16);
      bytes.writeBigUInt64LE(n);
      return bytes;
    };
    await failure(read(Buffer.alloc(0)), 'formats/safetensors-truncated');
    await failure(read(Buffer.alloc(7)), 'formats/safetensors-truncated');
    await failure(read(length(9n)), 'formats/safetensors-truncated');
    await failure(read(length(100_000_001n)), 'formats/safetensors-header-too-large');
    await failure(read(length(2n ** 64n - 1n)), 'formats/safetensors-header-too-large');
    const whole = readFileSync(fixture);
    await failure(read(whole.subarray(0, whole.length - 1)), 'formats/safetensors-out-of-file');
    await failure(readSafetensorsHeader(folder.path('absent')), 'formats/file-not-found');
    await failure(readSafetensorsHeader(folder.path('.')), 'formats/file-unreadable');
  });

  test('a name that JavaScript objects treat apart is a name like others', async () => {
    const text = '{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}';
    const header = (await fileOf(text, 1)) as { tensors: Map<string, unknown> };
    expect([...header.tensors.keys()]).toEqual(['__proto__']);
  });
});

describe('writing', () => {
  const bytes = (n: number): Uint8Array => Uint8Array.from({ length: n }, (_, i) => i + 1);

  test('what is written is read, aligned, and the same for the same input', async () => {
    const path = folder.path('w.safetensors');
    const entries = [
      { name: 'z', dtype: 'U8', shape: [3], data: bytes(3) },
      { name: '10', dtype: 'BF16', shape: [2, 1], data: async () => bytes(4) },
      { name: 'é"\n', dtype: 'F32', shape: [], data: bytes(4) },
      { name: 'none', dtype: 'I64', shape: [0], data: bytes(0) },
    ] as const;
    await writeSafetensors(path, entries, { kind: 'test' });
    const header = await readSafetensorsHeader(path);
    expect(header.metadata).toEqual({ kind: 'test' });
    expect(header.dataStart % 8).toBe(0);
    for (const { name, dtype, shape, data } of entries) {
      const entry = header.tensors.get(name);
      expect(entry).toMatchObject({ dtype, shape });
      const expected = typeof data === 'function' ? await data() : data;
      expect([...(await readTensorBytes(header, name))]).toEqual([...expected]);
    }
    expect((header.tensors.get('10')?.byteOffset ?? 1) % 2).toBe(0);
    const first = readFileSync(path);
    await writeSafetensors(path, entries.toReversed(), { kind: 'test' });
    expect(readFileSync(path).equals(first)).toBe(true);
  });

  test('rewriting a file of the reference implementation gives its very bytes', async () => {
    const header = await readSafetensorsHeader(fixture);
    const entries = [...header.tensors.values()].map(({ name, dtype, shape }) => {
      return { name, dtype, shape, data: () => readTensorBytes(header, name) };
    });
    const path = folder.path('copy.safetensors');
    await writeSafetensors(path, entries);
    expect(readFileSync(path).equals(readFileSync(fixture))).toBe(true);
  });

  test('wrong data leaves the old file', async () => {
    const path = folder.path('w.safetensors');
    writeText(path, 'old');
    const one = { name: 'a', dtype: 'F32', shape: [2], data: bytes(4) } as const;
    await failure(writeSafetensors(path, [one]), 'formats/safetensors-size-mismatch');
    await failure(writeSafetensors(path, [one, one]), 'formats/safetensors-duplicate-name');
    const reserved = { ...one, name: '__metadata__' };
    await failure(writeSafetensors(path, [reserved]), 'formats/safetensors-bad-name');
    expect(readFileSync(path, 'utf8')).toBe('old');
  });
});
