import { readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { writeFileAtomic } from '../../base/atomic-file.ts';
import type { RecentProject } from '../../ipc/contract/project.ts';
import { projectFileName } from './open-project.ts';

const entry = v.object({ name: v.string(), folder: v.string(), openedMs: v.number() });
type Entry = v.InferOutput<typeof entry>;
const kept = 20;

/** Projects that were open, latest first; one JSON file in the data folder. */
export class RecentProjects {
  readonly #path: string;

  constructor(dataDir: string) {
    this.#path = join(dataDir, 'recent-projects.json');
  }

  async list(): Promise<RecentProject[]> {
    return (await this.#read()).map((one) => ({
      ...one,
      isMissing: !existsSync(join(one.folder, projectFileName)),
    }));
  }

  async remember(one: Entry): Promise<void> {
    const others = (await this.#read()).filter(({ folder }) => folder !== one.folder);
    await this.#write([one, ...others].slice(0, kept));
  }

  async forget(folder: string): Promise<void> {
    await this.#write((await this.#read()).filter((one) => one.folder !== folder));
  }

  async #read(): Promise<Entry[]> {
    try {
      return v.parse(v.array(entry), JSON.parse(await readFile(this.#path, 'utf8')));
    } catch {
      return []; // a convenience: what cannot be read is begun anew
    }
  }

  async #write(list: readonly Entry[]): Promise<void> {
    await writeFileAtomic(this.#path, `${JSON.stringify(list, null, 2)}\n`);
  }
}
