/**
 * Writes the trained starter to resources/starter-model, rounded to bf16, with the
 * scores of what was written and the loss curve:
 * `npm run export --prefix scripts/starter -- OUT` after train.ts.
 */
import { join } from 'node:path';
import { writeFileAtomic } from '../../src-main/base/atomic-file.ts';
import { classicModulePath } from '../../src-main/formats/adapters/peft.ts';
import {
  readSafetensorsHeader,
  writeSafetensors,
} from '../../src-main/formats/weights/safetensors.ts';
import { loadModel } from '../../src-main/models/load.ts';
import { openDevice } from '../../src-main/tensor/device.ts';
import { bytesOf, readTensor } from '../../src-main/training/tensor-files.ts';
import { drawLossCurve } from './curve.ts';
import { StarterData } from './data.ts';
import { makeEncoder } from './encode.ts';
import { readLosses, statePath } from './loop.ts';
import { scoreEvalSets } from './score.ts';
import { MODEL_DIR, readJson } from './sources.ts';

const out = process.argv[2];
if (out === undefined) throw new Error('Usage: export.ts OUT (the folder of train.ts)');
openDevice();

const header = await readSafetensorsHeader(statePath({ dir: out, name: 'language' }));
const entries = [];
for (const key of header.tensors.keys()) {
  if (!key.startsWith('weight:')) continue;
  using weight = await readTensor(header, key, 'bf16');
  const name = classicModulePath(key.slice('weight:'.length));
  entries.push({ name, dtype: 'BF16' as const, shape: weight.shape, data: await bytesOf(weight) });
}
await writeSafetensors(join(MODEL_DIR, 'model.safetensors'), entries);

const loaded = await loadModel(MODEL_DIR);
const encode = await makeEncoder(readJson(MODEL_DIR, 'config.json'));
const scores = await scoreEvalSets(loaded, await StarterData.load(), encode);
await writeFileAtomic(join(MODEL_DIR, 'scores.json'), `${JSON.stringify(scores, null, 2)}\n`);
const losses = readLosses(out, 'language');
await writeFileAtomic(join(MODEL_DIR, 'loss-curve.svg'), drawLossCurve(losses));
console.log(JSON.stringify({ steps: losses.length, tensors: entries.length, ...scores }, null, 2));
process.exit(0);
