import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Of this build: from the nearest package.json above, both in the sources and in the bundle. */
export const version: string = readVersion(dirname(fileURLToPath(import.meta.url)));

function readVersion(folder: string): string {
  const path = join(folder, 'package.json');
  if (existsSync(path)) {
    const json = JSON.parse(readFileSync(path, 'utf8')) as { version?: unknown };
    if (typeof json.version === 'string') return json.version;
  }
  const parent = dirname(folder);
  return parent === folder ? 'unknown' : readVersion(parent);
}
