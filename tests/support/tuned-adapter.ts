import { mkdirSync } from 'node:fs';
import { defaultLoraConfig, writePeftAdapter } from '../../src-main/formats/adapters/peft.ts';
import { loadModel } from '../../src-main/models/load.ts';
import { ensureDevice, synchronize } from '../../src-main/tensor/device.ts';
import { randomFillInPlace } from '../../src-main/tensor/ops/index.ts';
import { adapterTensors, createAdapters } from '../../src-main/training/adapters.ts';

/** Writes a PEFT adapter of chance to `dir`, strong enough that the model speaks otherwise with it. */
export async function writeRandomAdapter(modelDir: string, dir: string): Promise<void> {
  ensureDevice();
  using loaded = await loadModel(modelDir);
  const targetModules = '.*language_model.*\\.(q_proj|v_proj|down_proj)';
  const config = { ...defaultLoraConfig, rank: 4, alpha: 8, targetModules, baseModel: modelDir };
  createAdapters(loaded, config, 7);
  for (const { adapter } of loaded.weights.linears.values()) {
    if (adapter === null) continue;
    randomFillInPlace(adapter.b.value, { kind: 'normal', a: 0, b: 0.8, seed: 11, stream: 0 });
  }
  await synchronize();
  mkdirSync(dir, { recursive: true });
  await writePeftAdapter(dir, config, adapterTensors(loaded, config));
}
