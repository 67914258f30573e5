import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { probeLogits } from '../../src-main/app/export/proof.ts';
import { runExport } from '../../src-main/app/export/export.ts';
import { randomModel, readModelConfig, loadModel } from '../../src-main/models/load.ts';
import { ensureDevice, memoryStats, synchronize } from '../../src-main/tensor/device.ts';
import { mergeAdapters, applyPeftAdapter } from '../../src-main/training/adapters.ts';
import { writeModelFolder } from '../../src-main/training/model-folder.ts';
import { readSafetensorsHeader } from '../../src-main/formats/weights/safetensors.ts';
import { fixtures } from '../support/fixture-case.ts';
import { families, largestGap, temporaryFolder } from './support.ts';

const folder = temporaryFolder();

beforeAll(() => ensureDevice({ threads: 2 }));

afterAll(async () => {
  await synchronize();
  expect(memoryStats().tensors).toBe(0);
});

describe.each(families)('%s', (family) => {
  const modelDir = join(fixtures, family, 'checkpoint');
  const adapterDir = join(fixtures, family, 'training', 'lora', 'final_adapter');

  test('an adapter: the same tensors, the same logits', async () => {
    const outDir = join(folder, `${family}-adapter`);
    const outcome = await runExport({ modelDir, adapterDir, merge: false, outDir });
    expect(outcome).toMatchObject({ kind: 'adapter', tensors: 16, adaptedModules: 8 });
    expect(outcome.largestLogitDifference).toBe(0);
    const names = async (dir: string): Promise<string[]> =>
      [
        ...(await readSafetensorsHeader(join(dir, 'adapter_model.safetensors'))).tensors.keys(),
      ].sort();
    expect(await names(outDir)).toEqual(await names(adapterDir));
  });

  test('merged: classic names, both generations of config, the adapter’s logits', async () => {
    const outDir = join(folder, `${family}-merged`);
    const outcome = await runExport({ modelDir, adapterDir, merge: true, outDir });
    expect(outcome.largestLogitDifference).toBeGreaterThan(0);
    expect(outcome.largestLogitDifference).toBeLessThan(1e-4);
    const { tensors } = await readSafetensorsHeader(join(outDir, 'model.safetensors'));
    expect(outcome.tensors).toBe(tensors.size);
    for (const name of tensors.keys()) {
      expect(name).toMatch(
        /^(language_model\.|vision_tower\.vision_model\.|multi_modal_projector\.)/,
      );
    }
    const config = JSON.parse(readFileSync(join(outDir, 'config.json'), 'utf8'));
    expect(config).toMatchObject({ dtype: 'float32', torch_dtype: 'float32' });
    const theta = config.text_config.rope_parameters.rope_theta;
    expect(config.text_config.rope_theta).toBe(theta);
    expect(theta).toBeGreaterThan(0);
    for (const name of ['tokenizer.json', 'processor_config.json', 'chat_template.jinja']) {
      expect(existsSync(join(outDir, name)), name).toBe(true);
    }
    // The merged model differs from its base: the proof would not pass on an adapter left out.
    using base = await loadModel(modelDir);
    using merged = await loadModel(outDir);
    const [a, b] = [await probeLogits(base), await probeLogits(merged)];
    expect(largestGap([...a], [...b])).toBeGreaterThan(10 * outcome.tolerance);
  });
});

test('a 16-bit model is merged in f32 and rounded once', async () => {
  const family = 'llava15';
  const source = join(fixtures, family, 'checkpoint');
  const adapterDir = join(fixtures, family, 'training', 'lora', 'final_adapter');
  const modelDir = join(folder, 'bf16');
  using narrow = await loadModel(source, { dtype: 'bf16' });
  await writeModelFolder(narrow, source, modelDir);
  const outDir = join(folder, 'bf16-merged');
  const outcome = await runExport({ modelDir, adapterDir, merge: true, outDir });
  const { tensors } = await readSafetensorsHeader(join(outDir, 'model.safetensors'));
  expect([...tensors.values()].every(({ dtype }) => dtype === 'BF16')).toBe(true);
  expect(outcome.largestLogitDifference).toBeLessThan(0.05 * outcome.largestLogit);
  using wide = await loadModel(modelDir, { dtype: 'f32' });
  await applyPeftAdapter(wide, adapterDir);
  expect(mergeAdapters(wide)).toBe(8);
  const name = 'model.language_model.layers.0.self_attn.q_proj.weight';
  using stored = await loadModel(outDir);
  const bits = (await stored.weights.parameters.get(name)?.value.read()) as Uint16Array;
  const exact = (await wide.weights.parameters.get(name)?.value.readFloats()) as Float32Array;
  const rounded = [...new Uint32Array(exact.buffer)].map(
    (word) => ((word + 0x7fff + ((word >>> 16) & 1)) >>> 16) & 0xffff,
  );
  expect([...bits]).toEqual(rounded);
});

test('a rotary scaling added by hand beside the newer section is exported with its model', async () => {
  const modelDir = join(folder, 'scaled');
  cpSync(join(fixtures, 'llava15', 'checkpoint'), modelDir, { recursive: true });
  const path = join(modelDir, 'config.json');
  const config = JSON.parse(readFileSync(path, 'utf8'));
  config.text_config.rope_scaling = { type: 'linear', factor: 4 };
  writeFileSync(path, JSON.stringify(config));
  const adapterDir = join(fixtures, 'llava15', 'training', 'lora', 'final_adapter');
  const outDir = join(folder, 'scaled-merged');
  const outcome = await runExport({ modelDir, adapterDir, merge: true, outDir });
  expect(outcome.largestLogitDifference).toBeLessThan(1e-4);
  const written = JSON.parse(readFileSync(join(outDir, 'config.json'), 'utf8'));
  expect(written.text_config).toMatchObject({
    rope_theta: 10000,
    rope_scaling: { type: 'linear', rope_type: 'linear', factor: 4 },
    rope_parameters: { rope_type: 'linear', factor: 4, rope_theta: 10000 },
  });
});

test('a tower that is written without its pooling head says so', async () => {
  const modelDir = join(folder, 'headed');
  cpSync(join(fixtures, 'interleave', 'checkpoint'), modelDir, { recursive: true });
  const path = join(modelDir, 'config.json');
  const config = JSON.parse(readFileSync(path, 'utf8'));
  delete config.vision_config.vision_use_head;
  writeFileSync(path, JSON.stringify(config));
  const adapterDir = join(fixtures, 'interleave', 'training', 'lora', 'final_adapter');
  const outDir = join(folder, 'headed-merged');
  await runExport({ modelDir, adapterDir, merge: true, outDir });
  const written = JSON.parse(readFileSync(join(outDir, 'config.json'), 'utf8'));
  expect(written.vision_config).toEqual({ ...config.vision_config, vision_use_head: false });
});

test('a folder that holds something is left alone', async () => {
  const outDir = join(folder, 'taken');
  cpSync(join(fixtures, 'llava15', 'training', 'lora', 'final_adapter'), outDir, {
    recursive: true,
  });
  const request = {
    modelDir: join(fixtures, 'llava15', 'checkpoint'),
    adapterDir: join(fixtures, 'llava15', 'training', 'lora', 'final_adapter'),
    merge: true,
    outDir,
  };
  await expect(runExport(request)).rejects.toMatchObject({ code: 'export/output-exists' });
});

test('an adapter of another model is refused, naming what does not fit', async () => {
  const adapterDir = join(folder, 'foreign');
  cpSync(join(fixtures, 'llava15', 'training', 'lora', 'final_adapter'), adapterDir, {
    recursive: true,
  });
  const config = { ...(await readModelConfig(join(fixtures, 'llava15', 'checkpoint'))) };
  const text = { ...(config['text_config'] as Record<string, unknown>), num_hidden_layers: 1 };
  const modelDir = join(folder, 'one-layer');
  using small = randomModel({ ...config, text_config: text }, 7);
  await writeModelFolder(small, join(fixtures, 'llava15', 'checkpoint'), modelDir);
  const request = { modelDir, adapterDir, merge: true, outDir: join(folder, 'never') };
  const refused = await runExport(request).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: 'export/adapter-mismatch' });
  expect((refused as { got: string }).got).toContain('layers.1.self_attn.q_proj');
  expect(existsSync(request.outDir)).toBe(false);
});

test('a result that does not compute the same is not kept', async () => {
  // f16 cannot hold this weight: the merged model would be infinite where the adapted one is not.
  const modelDir = join(folder, 'wide-values');
  const source = join(fixtures, 'llava15', 'checkpoint');
  using narrow = await loadModel(source, { dtype: 'f16' });
  await writeModelFolder(narrow, source, modelDir);
  const adapterDir = join(folder, 'huge');
  cpSync(join(fixtures, 'llava15', 'training', 'lora', 'final_adapter'), adapterDir, {
    recursive: true,
  });
  const path = join(adapterDir, 'adapter_config.json');
  const config = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  writeFileSync(path, JSON.stringify({ ...config, lora_alpha: 4e9 }));
  const request = { modelDir, adapterDir, merge: true, outDir: join(folder, 'wrong') };
  await expect(runExport(request)).rejects.toMatchObject({ code: 'export/proof-failed' });
  expect(existsSync(request.outDir)).toBe(false);
  rmSync(adapterDir, { recursive: true });
});
