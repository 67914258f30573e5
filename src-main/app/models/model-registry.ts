/** What the person told us of models, and what was found in their folders: one file in the data folder. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { writeFileAtomic } from '../../base/atomic-file.ts';
import { errorWire } from '../../ipc/contract/wire.ts';

const added = v.object({
  dir: v.string(),
  kind: v.picklist(['model', 'adapter']),
  addedMs: v.number(),
});
export type AddedFolder = v.InferOutput<typeof added>;

/** What looking into a model folder gave, as long as its files stay as they are. */
const finding = v.object({
  fingerprint: v.string(),
  modelType: v.nullable(v.string()),
  parameters: v.nullable(v.number()),
  sizeBytes: v.nullable(v.number()),
  error: v.nullable(errorWire),
});
export type Finding = v.InferOutput<typeof finding>;

/** Whether an error says nothing of the folder that was looked into: tomorrow it may be none. */
export function isOfMachine({ code }: { readonly code: string }): boolean {
  return /^(?:device|memory|worker|job)\//u.test(code);
}

/** A folder that this program wrote by itself: only these files are its own. */
const created = v.object({ files: v.array(v.string()), atMs: v.number() });
export type CreatedRecord = v.InferOutput<typeof created>;

const file = v.object({
  added: v.array(added),
  /** Model folder of an adapter folder, as the person said. */
  bases: v.record(v.string(), v.string()),
  findings: v.record(v.string(), finding),
  created: v.optional(v.record(v.string(), created), {}),
});
type RegistryFile = v.InferOutput<typeof file>;

const empty: RegistryFile = { added: [], bases: {}, findings: {}, created: {} };

export class ModelRegistry {
  readonly #path: string;
  /** One change at a time, so that none is lost. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(dataDir: string) {
    this.#path = join(dataDir, 'models.json');
  }

  /** A file that cannot be read counts as empty: what was added can be added again. */
  async read(): Promise<RegistryFile> {
    await this.#queue;
    return this.#load();
  }

  add(folder: AddedFolder, found: Finding | null): Promise<void> {
    return this.#change((now) => ({
      ...now,
      added: [...now.added.filter(({ dir }) => dir !== folder.dir), folder],
      findings: found === null ? now.findings : { ...now.findings, [folder.dir]: found },
    }));
  }

  remove(dir: string): Promise<void> {
    return this.#change((now) => ({
      ...now,
      added: now.added.filter((one) => one.dir !== dir),
      bases: without(now.bases, dir),
      findings: without(now.findings, dir),
    }));
  }

  /** It stays known when the folder is off the list: it may be added again. */
  setCreated(dir: string, record: CreatedRecord): Promise<void> {
    return this.#change((now) => ({ ...now, created: { ...now.created, [dir]: record } }));
  }

  dropCreated(dir: string): Promise<void> {
    return this.#change((now) => ({ ...now, created: without(now.created, dir) }));
  }

  setBase(dir: string, baseDir: string): Promise<void> {
    return this.#change((now) => ({ ...now, bases: { ...now.bases, [dir]: baseDir } }));
  }

  setFinding(dir: string, found: Finding): Promise<void> {
    return this.#change((now) => ({ ...now, findings: { ...now.findings, [dir]: found } }));
  }

  #change(edit: (now: RegistryFile) => RegistryFile): Promise<void> {
    const turn = this.#queue.then(async () => {
      const next = edit(await this.#load());
      await writeFileAtomic(this.#path, `${JSON.stringify(next, null, 2)}\n`);
    });
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  async #load(): Promise<RegistryFile> {
    try {
      const kept = v.parse(file, JSON.parse(await readFile(this.#path, 'utf8')));
      const findings = Object.entries(kept.findings).filter(
        ([, { error }]) => error === null || !isOfMachine(error),
      );
      return { ...kept, findings: Object.fromEntries(findings) };
    } catch {
      return empty;
    }
  }
}

function without<T>(record: Readonly<Record<string, T>>, name: string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => key !== name));
}
