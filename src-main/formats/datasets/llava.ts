/**
 * LLaVA's instruction data: `[{"id", "image": name or names, "conversations":
 * [{"from": "human"|"gpt", "value"}]}]`, one `<image>` per image; `video` with
 * `<video>`, or with `<image>` as LLaVA-Video-178K has it.
 * @source https://github.com/haotian-liu/LLaVA (Finetune_Custom_Data)
 */
import type { Sample } from '../sample.ts';
import type { DatasetFormat } from './dataset-format.ts';
import { isObject, jsonExtensions, readObjects, writeObjects } from './record-files.ts';
import { mediaNames, parseTurns, turnFaults, writeTurns } from './turns.ts';

function cannotRepresent(sample: Sample): string[] {
  const faults = turnFaults(sample);
  if (sample.messages.some(({ role }) => role === 'system')) faults.push('a system message');
  return faults;
}

const oneOrList = (names: string[]): string | string[] | undefined =>
  names.length > 1 ? names : names[0];

export const llava: DatasetFormat = {
  id: 'llava',
  extensions: jsonExtensions,
  sniff(record) {
    if (!isObject(record) || !Array.isArray(record['conversations'])) return 0;
    return 'image' in record || 'video' in record || 'data_source' in record ? 1 : 0.5;
  },
  read: (path, options) => readObjects(path, parseTurns, options),
  write: (path, samples) =>
    writeObjects(path, samples, llava, (sample) => ({
      id: sample.id,
      image: oneOrList(mediaNames(sample, 'image', path)),
      video: oneOrList(mediaNames(sample, 'video', path)),
      conversations: writeTurns(sample.messages),
    })),
  cannotRepresent,
};
