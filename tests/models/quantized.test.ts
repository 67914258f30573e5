/** Models whose decoder is in few bits: loaded so, written, read back, answered with. */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { probeLogits } from '../../src-main/app/export/proof.ts';
import { quantizeModel } from '../../src-main/app/quantize/quantize.ts';
import {
  readSafetensorsHeader,
  readTensorBytes,
} from '../../src-main/formats/weights/safetensors.ts';
import { loadModel } from '../../src-main/models/load.ts';
import type { LoadOptions } from '../../src-main/models/load.ts';
import { ensureDevice, memoryStats, synchronize } from '../../src-main/tensor/device.ts';
import { quantFormats } from '../../src-main/tensor/quantized.ts';
import { fixtures, largestDifference } from '../support/fixture-case.ts';
import { variantFolder } from '../support/model-folder.ts';

const checkpoint = join(fixtures, 'llava15', 'checkpoint');
const folder = mkdtempSync(join(tmpdir(), 'lensmith-quantized-'));

beforeAll(() => ensureDevice({ threads: 2 }));
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await synchronize();
  expect(memoryStats().tensors).toBe(0);
});

async function logitsOf(dir: string, options: LoadOptions = {}): Promise<Float32Array> {
  using loaded = await loadModel(dir, options);
  return probeLogits(loaded);
}

/** A tensor of the reference's own quantised layer. */
async function golden(name: string): Promise<Uint8Array> {
  const path = join(fixtures, 'llava15', 'training', 'nf4_layer0.safetensors');
  return Uint8Array.from(await readTensorBytes(await readSafetensorsHeader(path), name));
}

it('reads codes that a saver calls numbers of 16 bits, as for training on several cards', async () => {
  const outDir = join(folder, 'bytes');
  await quantizeModel({ modelDir: checkpoint, outDir, format: 'nf4' });
  const dir = await variantFolder(outDir, (tensors) =>
    tensors.map((tensor) => {
      const isCodes = tensor.dtype === 'U8' && tensor.name.endsWith('_proj.weight');
      const [bytes = 0] = tensor.shape;
      return isCodes ? { ...tensor, dtype: 'BF16', shape: [bytes / 2, 1] } : tensor;
    }),
  );
  expect(largestDifference(await logitsOf(dir), await logitsOf(outDir))).toBe(0);
  rmSync(dirname(dir), { recursive: true, force: true });
});

it('quantises the matrices of the decoder’s layers and nothing else', async () => {
  using loaded = await loadModel(checkpoint, { quantize: 'nf4' });
  const names = [...loaded.weights.parameters.values()]
    .filter(({ quantization }) => quantization === 'nf4')
    .map(({ name }) => name);
  expect(names).toHaveLength(2 * 7);
  expect(names.every((name) => /layers\.\d\.(?:mlp|self_attn)\.\w+_proj\.weight$/.test(name))).toBe(
    true,
  );
  for (const name of names.filter((one) => one.includes('layers.0.'))) {
    const { codes, scales } = loaded.weights.parameters.get(name)!.matrix.parts;
    const path = name.replace(/\.weight$/, '');
    expect(await codes.read(), name).toEqual(await golden(`${path}.packed`));
    expect(await scales.read(), name).toEqual(await golden(`${path}.absmax_codes`));
    using values = loaded.weights.parameters.get(name)!.widened();
    const wanted = new Float32Array((await golden(`${path}.dequantised`)).buffer);
    expect(await values.readFloats(), name).toEqual(wanted);
  }
});

describe.each(quantFormats)('%s', (format) => {
  it('answers nearly as the model in full, and is the same when written and read back', async () => {
    const outDir = join(folder, format);
    const outcome = await quantizeModel({ modelDir: checkpoint, outDir, format });
    expect(outcome.quantizedWeights).toBe(14);
    expect(outcome.bytesAfter).toBeLessThan(outcome.bytesBefore);
    expect(outcome.largestLogitDifference).toBeGreaterThan(0);
    expect(outcome.largestLogitDifference).toBeLessThan(0.5 * outcome.largestLogit);
    const inMemory = await logitsOf(checkpoint, { quantize: format });
    expect(largestDifference(await logitsOf(outDir), inMemory)).toBe(0);
    expect(largestDifference(await logitsOf(outDir, { quantize: format }), inMemory)).toBe(0);
    const other = format === 'nf4' ? 'int8' : 'nf4';
    await expect(loadModel(outDir, { quantize: other })).rejects.toMatchObject({
      code: 'models/quantized-otherwise',
    });
  });

  it('is laid out as bitsandbytes lays it out', async () => {
    const outDir = join(folder, format);
    const header = await readSafetensorsHeader(join(outDir, 'model.safetensors'));
    const config = JSON.parse(await readFile(join(outDir, 'config.json'), 'utf8')) as {
      quantization_config: Record<string, unknown>;
    };
    expect(config.quantization_config).toMatchObject({
      quant_method: 'bitsandbytes',
      load_in_4bit: format === 'nf4',
      load_in_8bit: format === 'int8',
    });
    const path = 'language_model.model.layers.1.mlp.down_proj';
    const layout = (name: string): unknown => {
      const { dtype, shape } = header.tensors.get(name) ?? {};
      return [dtype, shape];
    };
    if (format === 'int8') {
      expect(layout(`${path}.weight`)).toEqual(['I8', [64, 160]]);
      expect(layout(`${path}.SCB`)).toEqual(['F32', [64]]);
      expect(layout(`${path}.weight_format`)).toEqual(['U8', []]);
      return;
    }
    expect(layout(`${path}.weight`)).toEqual(['U8', [5120, 1]]);
    expect(layout(`${path}.weight.absmax`)).toEqual(['U8', [160]]);
    expect(layout(`${path}.weight.nested_absmax`)).toEqual(['F32', [1]]);
    expect(layout(`${path}.weight.quant_map`)).toEqual(['F32', [16]]);
    expect(layout(`${path}.weight.nested_quant_map`)).toEqual(['F32', [256]]);
    const state = await readTensorBytes(header, `${path}.weight.quant_state.bitsandbytes__nf4`);
    expect(JSON.parse(state.toString())).toMatchObject({
      quant_type: 'nf4',
      blocksize: 64,
      shape: [64, 160],
      nested_blocksize: 256,
      dtype: 'float32',
    });
  });
});

describe('what a folder may say that is not read', () => {
  async function folderSaying(name: string, quantization: unknown): Promise<string> {
    const dir = join(folder, name);
    await cp(join(folder, 'nf4'), dir, { recursive: true });
    const path = join(dir, 'config.json');
    const config = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    await writeFile(path, JSON.stringify({ ...config, quantization_config: quantization }));
    return dir;
  }

  it.each([
    ['another method', { quant_method: 'gptq', bits: 4 }],
    [
      'another 4-bit code',
      { quant_method: 'bitsandbytes', load_in_4bit: true, bnb_4bit_quant_type: 'fp4' },
    ],
  ])('%s', async (name, quantization) => {
    const dir = await folderSaying(name, quantization);
    await expect(loadModel(dir)).rejects.toMatchObject({
      code: 'formats/quantization-unsupported',
    });
  });

  it('weights that are not what the config says', async () => {
    const dir = join(folder, 'plain');
    await cp(checkpoint, dir, { recursive: true });
    await cp(join(folder, 'int8', 'model.safetensors'), join(dir, 'model.safetensors'));
    await expect(loadModel(dir)).rejects.toMatchObject({ code: 'models/weights-mismatch' });
  });
});

it('does not train a quantised weight', async () => {
  using loaded = await loadModel(checkpoint, { quantize: 'int8' });
  const weight = [...loaded.weights.parameters.values()].find(
    ({ quantization }) => quantization !== null,
  );
  expect(() => {
    weight!.trainable = true;
  }).toThrow(expect.objectContaining({ code: 'nn/quantized-weight' }) as Error);
});
