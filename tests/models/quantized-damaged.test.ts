/** Folders in few bits that are damaged, or made to harm: each is refused, and the error says why. */
import { cp } from 'node:fs/promises';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quantizeModel } from '../../src-main/app/quantize/quantize.ts';
import type { LensmithError } from '../../src-main/base/errors.ts';
import {
  readSafetensorsHeader,
  readTensorBytes,
  writeSafetensors,
} from '../../src-main/formats/weights/safetensors.ts';
import type { SafetensorsDType } from '../../src-main/formats/weights/safetensors.ts';
import { loadModel } from '../../src-main/models/load.ts';
import { ensureDevice, memoryStats, synchronize } from '../../src-main/tensor/device.ts';
import { quantFormats } from '../../src-main/tensor/quantized.ts';
import type { QuantFormat } from '../../src-main/tensor/quantized.ts';
import { fixtures } from '../support/fixture-case.ts';

interface Stored {
  dtype: SafetensorsDType;
  shape: readonly number[];
  data: Uint8Array;
}

const checkpoint = join(fixtures, 'llava15', 'checkpoint');
const folder = mkdtempSync(join(tmpdir(), 'lensmith-damaged-'));
const module = 'language_model.model.layers.0.mlp.down_proj';
const weight = `${module}.weight`;
const state = `${weight}.quant_state.bitsandbytes__nf4`;
let count = 0;

beforeAll(async () => {
  ensureDevice({ threads: 2 });
  for (const format of quantFormats) {
    await quantizeModel({ modelDir: checkpoint, outDir: join(folder, format), format });
  }
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await synchronize();
  expect(memoryStats().tensors).toBe(0);
});

/** The error with which a folder is refused whose tensors were changed. */
async function refusalOf(
  format: QuantFormat,
  change: (tensors: Map<string, Stored>) => void,
): Promise<LensmithError> {
  const dir = join(folder, `changed-${count++}`);
  await cp(join(folder, format), dir, { recursive: true });
  const path = join(dir, 'model.safetensors');
  const header = await readSafetensorsHeader(path);
  const tensors = new Map<string, Stored>();
  for (const [name, { dtype, shape }] of header.tensors) {
    const data = Uint8Array.from(await readTensorBytes(header, name));
    tensors.set(name, { dtype, shape, data });
  }
  change(tensors);
  await writeSafetensors(
    path,
    [...tensors].map(([name, stored]) => ({ name, ...stored })),
  );
  return loadModel(dir).then(
    (loaded) => {
      loaded[Symbol.dispose]();
      throw new Error('It was loaded.');
    },
    (error: unknown) => error as LensmithError,
  );
}

function stored(tensors: Map<string, Stored>, name: string): Stored {
  const found = tensors.get(name);
  if (found === undefined) throw new Error(`There is no ${name}.`);
  return found;
}

function floatsIn(tensors: Map<string, Stored>, name: string): Float32Array {
  return new Float32Array(stored(tensors, name).data.buffer);
}

/** Puts another text in the place of a state. */
function restate(tensors: Map<string, Stored>, edit: (text: string) => string): void {
  const text = Buffer.from(stored(tensors, state).data).toString();
  const data = Uint8Array.from(Buffer.from(edit(text)));
  tensors.set(state, { dtype: 'U8', shape: [data.byteLength], data });
}

const field =
  (name: string, value: string) =>
  (text: string): string => {
    const changed = text.replace(new RegExp(`"${name}":(?:"[^"]*"|\\[[^\\]]*\\]|[^,}]*)`), () => {
      return `"${name}":${value}`;
    });
    expect(changed).not.toBe(text);
    return changed;
  };

describe('nf4', () => {
  const mismatch = 'models/weights-mismatch';
  const unsupported = 'formats/quantization-unsupported';
  const damaged = 'formats/quantization-damaged';

  it.each<[string, string, (tensors: Map<string, Stored>) => void, Partial<LensmithError>]>([
    [
      'blocks of another size',
      unsupported,
      (t) => restate(t, field('blocksize', '128')),
      { expected: '64', got: '128' },
    ],
    [
      'outer blocks of another size',
      unsupported,
      (t) => restate(t, field('nested_blocksize', '64')),
      { expected: '256', got: '64' },
    ],
    ['a state that is no JSON', unsupported, (t) => restate(t, () => '{"blocksize":'), {}],
    ['a state that is nothing', unsupported, (t) => restate(t, () => 'null'), {}],
    [
      'a state of a megabyte',
      unsupported,
      (t) => restate(t, (text) => text + ' '.repeat(1 << 20)),
      { expected: 'at most 65536 bytes' },
    ],
    [
      'a shape of half values',
      unsupported,
      (t) => restate(t, field('shape', '[64.5, 160]')),
      { expected: 'a list of sizes' },
    ],
    [
      'an offset without end',
      unsupported,
      (t) => restate(t, field('nested_offset', '1e999')),
      { expected: 'a number' },
    ],
    ['an offset in words', unsupported, (t) => restate(t, field('nested_offset', '"1"')), {}],
    ['no map of codes', unsupported, (t) => t.delete(`${weight}.quant_map`), { got: 'none' }],
    [
      'another map of codes',
      unsupported,
      (t) => (floatsIn(t, `${weight}.quant_map`)[3] = 0.5),
      { expected: 'the published code' },
    ],
    [
      'a map with what is no number',
      unsupported,
      (t) => (floatsIn(t, `${weight}.nested_quant_map`)[3] = NaN),
      { expected: 'the published code' },
    ],
    [
      'scales that are no numbers',
      damaged,
      (t) => (floatsIn(t, `${weight}.nested_absmax`)[0] = NaN),
      { expected: 'finite numbers', got: 'NaN at 0' },
    ],
    [
      'scales without end',
      damaged,
      (t) => (floatsIn(t, `${weight}.nested_absmax`)[0] = Infinity),
      { got: 'Infinity at 0' },
    ],
  ])('%s', async (_, code, change, about) => {
    const error = await refusalOf('nf4', change);
    expect(error).toMatchObject({ code, ...about });
    expect(error.message).toContain(weight);
    expect(error.hint).not.toBe(undefined);
  });

  it.each<[string, (tensors: Map<string, Stored>) => void, string]>([
    [
      'no scales',
      (t) => t.delete(`${weight}.absmax`),
      `missing: model.language_model.layers.0.mlp.down_proj.weight.absmax`,
    ],
    [
      'no scales of scales',
      (t) => t.delete(`${weight}.nested_absmax`),
      `missing: model.language_model.layers.0.mlp.down_proj.weight.nested_absmax`,
    ],
    [
      'a scale too few',
      (t) => t.set(`${weight}.absmax`, { dtype: 'U8', shape: [159], data: new Uint8Array(159) }),
      `${weight}.absmax: expected u8 [160], got U8 [159]`,
    ],
    [
      'scales of another type',
      (t) => t.set(`${weight}.absmax`, { dtype: 'F32', shape: [160], data: new Uint8Array(640) }),
      `${weight}.absmax: expected u8 [160], got F32 [160]`,
    ],
    [
      'codes cut short',
      (t) => t.set(weight, { dtype: 'U8', shape: [5000, 1], data: new Uint8Array(5000) }),
      `${weight}: expected u8 [5120], got U8 [5000, 1]`,
    ],
    [
      'a state of another shape, of as many values',
      (t) => restate(t, field('shape', '[160, 64]')),
      `${state}: expected the shape [64, 160], got [160, 64]`,
    ],
    [
      'a state of three axes',
      (t) => restate(t, field('shape', '[64, 160, 1]')),
      `${state}: expected the shape [64, 160], got [64, 160, 1]`,
    ],
    ['no state', (t) => t.delete(state), `${weight}: expected [64, 160], got U8 [5120, 1]`],
  ])('%s', async (_, change, text) => {
    const error = await refusalOf('nf4', change);
    expect(error.code).toBe(mismatch);
    expect(error.message).toContain(text);
  });
});

describe('int8', () => {
  it('no scales', async () => {
    const error = await refusalOf('int8', (t) => {
      // As writers of earlier years leave it out.
      t.delete(`${module}.weight_format`);
      t.delete(`${module}.SCB`);
    });
    expect(error.code).toBe('models/weights-mismatch');
    expect(error.message).toContain('missing: model.language_model.layers.0.mlp.down_proj.SCB');
  });

  it('a scale too few', async () => {
    const error = await refusalOf('int8', (t) =>
      t.set(`${module}.SCB`, { dtype: 'F32', shape: [63], data: new Uint8Array(252) }),
    );
    expect(error.code).toBe('models/weights-mismatch');
    expect(error.message).toContain(`${module}.SCB: expected f32 [64], got F32 [63]`);
  });

  it('scales that are no numbers', async () => {
    const error = await refusalOf('int8', (t) => (floatsIn(t, `${module}.SCB`)[5] = NaN));
    expect(error).toMatchObject({ code: 'formats/quantization-damaged', got: 'NaN at 5' });
    expect(error.message).toContain(`${module}.SCB`);
  });

  it('values in the order of some card', async () => {
    const error = await refusalOf(
      'int8',
      (t) => (stored(t, `${module}.weight_format`).data[0] = 2),
    );
    expect(error).toMatchObject({
      code: 'formats/quantization-unsupported',
      expected: '0, for row by row',
      got: '2',
    });
    expect(error.message).toContain(`${module}.weight_format`);
  });

  it('codes where config.json says nothing of few bits', async () => {
    const dir = join(folder, 'plain');
    await cp(join(folder, 'int8'), dir, { recursive: true });
    await cp(join(checkpoint, 'config.json'), join(dir, 'config.json'));
    await expect(loadModel(dir)).rejects.toMatchObject({
      code: 'models/weights-mismatch',
      message: expect.stringContaining(`${weight}: expected [64, 160], got I8 [64, 160]`) as string,
    });
  });
});
