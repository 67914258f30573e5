/**
 * Writes the bench's model as folders that our side opens, as it opens every model: weights are
 * mapped. A process of its own, so that what it holds is not measured.
 *
 *   node tests/bench/peers/our-model.ts FOLDER    makes FOLDER/f32, FOLDER/bf16, FOLDER/f16
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { benchModel } from '../../../src-main/app/bench/workload.ts';
import { openDevice } from '../../../src-main/tensor/device.ts';
import { writeModelFolder } from '../../../src-main/training/model-folder.ts';

const [folder = ''] = process.argv.slice(2);
openDevice({ device: 'cpu' });
// No tokenizer, template or processor files go with it.
const bare = join(folder, 'bare');
mkdirSync(bare, { recursive: true });
for (const format of ['f32', 'bf16', 'f16'] as const) {
  using loaded = benchModel(format);
  await writeModelFolder(loaded, bare, join(folder, format));
}
