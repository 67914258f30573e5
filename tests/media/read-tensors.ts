import { readFileSync } from 'node:fs';

export interface StoredTensor {
  readonly shape: number[];
  readonly bytes: Uint8Array;
  /** The values as 32-bit floats; only for F32 tensors. */
  floats(): Float32Array;
}

/** A trusted fixture in safetensors form, read whole. Tests of media stand without the formats layer. */
export function readTensors(path: string): Map<string, StoredTensor> {
  const file = readFileSync(path);
  const headerLength = Number(file.readBigUInt64LE(0));
  const header = JSON.parse(file.toString('utf8', 8, 8 + headerLength)) as Record<
    string,
    { shape: number[]; data_offsets: [number, number] }
  >;
  const tensors = new Map<string, StoredTensor>();
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    const [start, end] = entry.data_offsets;
    const bytes = new Uint8Array(file.subarray(8 + headerLength + start, 8 + headerLength + end));
    tensors.set(name, {
      shape: entry.shape,
      bytes,
      floats: () => new Float32Array(bytes.slice().buffer),
    });
  }
  return tensors;
}

export function tensorNamed(tensors: Map<string, StoredTensor>, name: string): StoredTensor {
  const tensor = tensors.get(name);
  if (!tensor) throw new Error(`fixture has no tensor ${name}`);
  return tensor;
}
