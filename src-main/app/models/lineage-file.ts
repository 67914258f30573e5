/** `lensmith.json` beside the weights: what they were made of. It travels with the folder. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { writeFileAtomic } from '../../base/atomic-file.ts';
import { lineageFile } from '../../ipc/contract/lineage.ts';
import type { LineageFile, LineageSource } from '../../ipc/contract/lineage.ts';
import { folderName } from './folder-name.ts';
import { weightsHash } from './weights-hash.ts';

const fileName = 'lensmith.json';

/** @returns null where there is none, or none that can be read: it is a help, not a condition */
export async function readLineage(dir: string): Promise<LineageFile | null> {
  try {
    const parsed = v.safeParse(
      lineageFile,
      JSON.parse(await readFile(join(dir, fileName), 'utf8')),
    );
    return parsed.success ? parsed.output : null;
  } catch {
    return null;
  }
}

export async function writeLineage(dir: string, lineage: LineageFile): Promise<void> {
  await writeFileAtomic(join(dir, fileName), `${JSON.stringify(lineage, null, 2)}\n`);
}

/** A folder as it is now, to be recognised later. */
export async function sourceOf(dir: string, name = folderName(dir)): Promise<LineageSource> {
  return { dir, name, hash: await weightsHash(dir) };
}
