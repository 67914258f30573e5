import type { CheckpointFolder } from '../formats/weights/checkpoint-folder.ts';
import { readTensorBytes } from '../formats/weights/safetensors.ts';
import type { SafetensorsEntry, SafetensorsHeader } from '../formats/weights/safetensors.ts';

interface Stored {
  readonly file: SafetensorsHeader;
  readonly entry: SafetensorsEntry;
}

const pieceBytes = 4 * 1024 * 1024;

/**
 * Whether a folder holds an output head that is not its token embedding once more. Then its config is
 * wrong where it says that the two are tied, and the reference keeps them apart.
 * @param rename from a name in the file to that of the model
 * @source transformers' PreTrainedModel.tie_weights
 */
export async function hasOwnHead(
  folder: CheckpointFolder,
  rename: (diskName: string) => string,
): Promise<boolean> {
  const find = (name: string): Stored | undefined =>
    [...folder.tensors].find(([diskName]) => rename(diskName) === name)?.[1];
  const head = find('lm_head.weight');
  const embedding = find('model.language_model.embed_tokens.weight');
  return head !== undefined && embedding !== undefined && !(await areEqual(head, embedding));
}

async function areEqual(a: Stored, b: Stored): Promise<boolean> {
  const kind = ({ entry }: Stored): string => `${entry.dtype} ${entry.shape.join('x')}`;
  if (kind(a) !== kind(b)) return false;
  for (let start = 0; start < a.entry.sizeBytes; start += pieceBytes) {
    const piece = ({ file, entry }: Stored): Promise<Buffer> =>
      readTensorBytes(file, entry.name, start, pieceBytes);
    if (!(await piece(a)).equals(await piece(b))) return false;
  }
  return true;
}
