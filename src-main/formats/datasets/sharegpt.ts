/**
 * ShareGPT in LLaMA-Factory's dialect: `[{"conversations": [{"from", "value"}],
 * "system", "images": [], "videos": []}]`, one mark per file. Records with
 * tools or preferences are issues.
 * @source https://github.com/hiyouga/LLaMA-Factory (data/README.md)
 */
import type { Sample } from '../sample.ts';
import type { DatasetFormat } from './dataset-format.ts';
import { isObject, jsonExtensions, readObjects, writeObjects } from './record-files.ts';
import { mediaNames, parseTurns, turnFaults, writeTurns } from './turns.ts';

const ownFields = ['images', 'videos', 'audios', 'system', 'tools'];

function cannotRepresent(sample: Sample): string[] {
  const faults = turnFaults(sample);
  // The dialect has one system prompt, a field of the record; an empty one is none.
  const laterSystem = sample.messages.some(({ role }, i) => role === 'system' && i > 0);
  if (laterSystem) faults.push('a system message after the first message');
  const [first, second] = sample.messages;
  if (first?.role === 'system' && first.content.length === 0)
    faults.push('an empty system message');
  if (first?.role === 'system' && second === undefined) faults.push('a system message alone');
  return faults;
}

export const sharegpt: DatasetFormat = {
  id: 'sharegpt',
  extensions: jsonExtensions,
  sniff(record) {
    if (!isObject(record) || !Array.isArray(record['conversations'])) return 0;
    return ownFields.some((field) => field in record) ? 1 : 0.4;
  },
  read: (path, options) => readObjects(path, parseTurns, options),
  write: (path, samples) =>
    writeObjects(path, samples, sharegpt, (sample) => {
      const [first, ...others] = writeTurns(sample.messages);
      const system = first?.from === 'system' ? first.value : undefined;
      const images = mediaNames(sample, 'image', path);
      const videos = mediaNames(sample, 'video', path);
      return {
        id: sample.id,
        conversations: system === undefined ? [first, ...others] : others,
        system,
        images: images.length > 0 ? images : undefined,
        videos: videos.length > 0 ? videos : undefined,
      };
    }),
  cannotRepresent,
};
