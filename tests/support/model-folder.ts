import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  readSafetensorsHeader,
  readTensorBytes,
  writeSafetensors,
} from '../../src-main/formats/weights/safetensors.ts';
import type { SafetensorsSource } from '../../src-main/formats/weights/safetensors.ts';

type Json = Record<string, unknown>;

/** All tensors of a checkpoint's one file, in memory. */
export async function readTensors(checkpoint: string): Promise<SafetensorsSource[]> {
  const header = await readSafetensorsHeader(join(checkpoint, 'model.safetensors'));
  const sources: SafetensorsSource[] = [];
  for (const [name, { dtype, shape }] of header.tensors) {
    sources.push({ name, dtype, shape, data: await readTensorBytes(header, name) });
  }
  return sources;
}

/** A copy of a model folder without its weights, with changes to config.json. */
export function copyModelFolder(
  checkpoint: string,
  change: (config: Json) => Json = (c) => c,
): string {
  const dir = join(mkdtempSync(join(tmpdir(), 'lensmith-model-')), 'model');
  mkdirSync(dir);
  for (const name of readdirSync(checkpoint)) {
    if (!name.endsWith('.safetensors')) copyFileSync(join(checkpoint, name), join(dir, name));
  }
  const config = JSON.parse(readFileSync(join(checkpoint, 'config.json'), 'utf8')) as Json;
  writeFileSync(join(dir, 'config.json'), JSON.stringify(change(config)));
  return dir;
}

/** A model folder with other weights than the one it is copied from. */
export async function variantFolder(
  checkpoint: string,
  change: (tensors: SafetensorsSource[]) => SafetensorsSource[],
): Promise<string> {
  const dir = copyModelFolder(checkpoint);
  await writeSafetensors(join(dir, 'model.safetensors'), change(await readTensors(checkpoint)));
  return dir;
}

/** The upper half of each float, rounded to nearest even. */
export function toBf16(bytes: Uint8Array): Uint8Array {
  const bits = new Uint32Array(Uint8Array.from(bytes).buffer);
  const rounded = Uint16Array.from(bits, (x) => (x + 0x7fff + ((x >>> 16) & 1)) >>> 16);
  return new Uint8Array(rounded.buffer);
}
