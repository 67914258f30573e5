/** Telling one set of weights from another without reading all of it. */
import { createHash } from 'node:crypto';
import { open, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openCheckpointFolder } from '../../formats/weights/checkpoint-folder.ts';
import { peftConfigName } from '../../formats/adapters/peft-config.ts';
import { readSafetensorsHeader } from '../../formats/weights/safetensors.ts';
import type { SafetensorsHeader } from '../../formats/weights/safetensors.ts';

/** Of each tensor: training changes all of a tensor that it trains. */
const sampleBytes = 4096;

/**
 * SHA-256 over config.json (of an adapter: adapter_config.json) and, tensor by tensor in the order of
 * names: name, dtype, shape and the first 4096 bytes. Equal for equal weights however they are
 * sharded; a gigabyte takes milliseconds.
 * @returns null where the folder cannot be read
 */
export async function weightsHash(dir: string): Promise<string | null> {
  try {
    const names = await readdir(dir);
    const isAdapter = names.includes(peftConfigName);
    const hash = createHash('sha256');
    hash.update(await readFile(join(dir, isAdapter ? peftConfigName : 'config.json')));
    const files = isAdapter
      ? [await readSafetensorsHeader(join(dir, 'adapter_model.safetensors'))]
      : (await openCheckpointFolder(dir)).files;
    for (const line of (await Promise.all(files.map(samplesOf))).flat().sort()) hash.update(line);
    return hash.digest('hex');
  } catch {
    return null;
  }
}

async function samplesOf({ path, tensors }: SafetensorsHeader): Promise<string[]> {
  const file = await open(path, 'r');
  try {
    const lines: string[] = [];
    for (const { name, dtype, shape, byteOffset, sizeBytes } of tensors.values()) {
      const length = Math.min(sampleBytes, sizeBytes);
      const { buffer } = await file.read(Buffer.alloc(length), 0, length, byteOffset);
      const sample = createHash('sha256').update(buffer).digest('hex');
      lines.push(`${name} ${dtype} ${shape.join('x')} ${sample}\n`);
    }
    return lines;
  } finally {
    await file.close();
  }
}
