import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LensmithError } from './errors.ts';

/** The folder of our package.json, found going up from this file: in the sources and in a bundle. */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) {
      throw new LensmithError('internal/no-package', 'The program does not find its own folder.');
    }
    folder = parent;
  }
  return folder;
}
