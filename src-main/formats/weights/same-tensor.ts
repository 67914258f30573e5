import { readTensorBytes } from './safetensors.ts';
import type { SafetensorsEntry, SafetensorsHeader } from './safetensors.ts';

export interface StoredTensor {
  readonly file: SafetensorsHeader;
  readonly entry: SafetensorsEntry;
}

const pieceBytes = 4 * 1024 * 1024;

/**
 * Whether two tensors have the same type, shape and bytes; they are read piece by piece.
 * @throws the errors of readTensorBytes
 */
export async function sameTensor(a: StoredTensor, b: StoredTensor): Promise<boolean> {
  const kind = ({ entry }: StoredTensor): string => `${entry.dtype} ${entry.shape.join('x')}`;
  if (kind(a) !== kind(b)) return false;
  const piece = ({ file, entry }: StoredTensor, start: number): Promise<Buffer> =>
    readTensorBytes(file, entry.name, start, pieceBytes);
  for (let start = 0; start < a.entry.sizeBytes; start += pieceBytes) {
    if (!(await piece(a, start)).equals(await piece(b, start))) return false;
  }
  return true;
}
