import { basename, dirname } from 'node:path';

/** Its last name; `adapter` and `model` say little, so there it is the name above. */
export function folderName(dir: string): string {
  const name = basename(dir);
  const isPlain = /^(adapter|model|checkpoint|output|merged)$/i.test(name);
  return isPlain ? basename(dirname(dir)) || name : name;
}
