import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadModel, randomModel } from '../../src-main/models/load.ts';
import type { LoadedModel } from '../../src-main/models/load.ts';
import { openDevice, synchronize } from '../../src-main/tensor/device.ts';
import { scoped } from '../../src-main/tensor/scope.ts';
import { Tensor } from '../../src-main/tensor/tensor.ts';
import { writeModelFolder } from '../../src-main/training/model-folder.ts';

/** Layers of 3 MiB, so that a few neighbouring pages more or less do not matter. */
const config = {
  model_type: 'llava',
  image_token_index: 60,
  projector_hidden_act: 'gelu',
  vision_config: {
    model_type: 'clip_vision_model',
    hidden_size: 256,
    intermediate_size: 1024,
    num_hidden_layers: 4,
    num_attention_heads: 4,
    image_size: 32,
    patch_size: 16,
  },
  text_config: {
    model_type: 'llama',
    hidden_size: 32,
    intermediate_size: 64,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    vocab_size: 64,
    max_position_embeddings: 64,
    rms_norm_eps: 1e-5,
  },
};
const layerBytes = 3 << 20;

let folder = '';

beforeAll(async () => {
  openDevice({ device: 'cpu', threads: 2 });
  folder = mkdtempSync(join(tmpdir(), 'lensmith-mapped-'));
  using model = randomModel(config, 1, 'f32');
  await writeModelFolder(model, folder, join(folder, 'model'));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Bytes of the folder's files that this process has in memory. */
function residentBytes(): number {
  const areas = readFileSync('/proc/self/smaps', 'utf8').split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m);
  const kilobytes = areas
    .filter((area) => area.slice(0, area.indexOf('\n')).includes(folder))
    .map((area) => Number(/^Rss:\s+(\d+) kB/m.exec(area)?.[1] ?? 0));
  return kilobytes.reduce((sum, one) => sum + one, 0) * 1024;
}

async function features({ model }: LoadedModel): Promise<Float32Array> {
  using result = scoped(() => {
    const size = 2 * 3 * 32 * 32;
    const values = Float32Array.from({ length: size }, (_, i) => Math.sin(i));
    return model.visionFeatures(Tensor.from(values, [2, 3, 32, 32]));
  });
  return await result.readFloats();
}

test("a tower's layers leave memory once they have run, and come back", async (ctx) => {
  ctx.skip(process.platform !== 'linux', 'only Linux tells what lies in memory of a mapped file');
  using loaded = await loadModel(join(folder, 'model'));
  const first = await features(loaded);
  await synchronize();
  expect(residentBytes()).toBeLessThan(layerBytes);
  expect(await features(loaded)).toEqual(first);

  // That it can be seen at all: read by another way, they are there.
  for (const { value } of loaded.weights.parameters.values()) await value.readFloats();
  expect(residentBytes()).toBeGreaterThan(3 * layerBytes);
});
