import type { CheckpointFolder } from '../formats/weights/checkpoint-folder.ts';
import { sameTensor } from '../formats/weights/same-tensor.ts';
import type { StoredTensor } from '../formats/weights/same-tensor.ts';

/** The two tables of a language model, which are one where its config says that they are tied. */
export const headName = 'lm_head.weight';
export const embeddingName = 'model.language_model.embed_tokens.weight';

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
  const find = (name: string): StoredTensor | undefined =>
    [...folder.tensors].find(([diskName]) => rename(diskName) === name)?.[1];
  const head = find(headName);
  const embedding = find(embeddingName);
  return head !== undefined && embedding !== undefined && !(await sameTensor(head, embedding));
}
