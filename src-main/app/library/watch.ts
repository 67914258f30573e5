/** Watched folders: what appears in them is added to the library. */
import { statSync, watch } from 'node:fs';
import type { FSWatcher, Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, isAbsolute, resolve } from 'node:path';
import * as v from 'valibot';
import { LensmithError, asLensmithError } from '../../base/errors.ts';
import type { WatchedFolder } from '../../ipc/contract/library.ts';
import { rememberFiles, unseenFiles } from '../../store/watched-files.ts';
import type { AppContext } from '../core/context.ts';
import type { OpenProject } from '../project/open-project.ts';
import { findFiles, looksLikeMedia } from './find-files.ts';
import type { FoundFile } from './find-files.ts';
import { importPaths } from './import-paths.ts';

const metaKey = 'watched_folders';
/** A file counts as written once it has stayed the same for so long. */
const settleMs = 1500;
/** How often it is looked whether a folder went, or is another: a card that was put in again. */
const lookMs = 2000;

const folderList = v.array(v.string());

function readFolders(project: OpenProject): string[] {
  const parsed = v.safeParse(folderList, JSON.parse(project.store.readMeta(metaKey) ?? '[]'));
  return parsed.success ? parsed.output : [];
}

/** Which folder it is, by more than its name; the number alone may be given again. Null: none. */
function identity(found: Stats | undefined): string | null {
  if (found?.isDirectory() !== true) return null;
  return [found.dev, found.ino, found.birthtimeMs].join(' ');
}

/** The watch over the folders of one open project. */
export class FolderWatch {
  readonly #context: AppContext;
  readonly #project: OpenProject;
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #scans = new Set<Promise<void>>();
  /** What was last seen where each folder is. */
  readonly #seen = new Map<string, string | null>();
  #isClosed = false;
  readonly #looking: NodeJS.Timeout;

  constructor(context: AppContext, project: OpenProject) {
    this.#context = context;
    this.#project = project;
    for (const folder of readFolders(project)) this.#begin(folder);
    this.#looking = setInterval(() => void this.#look(), lookMs);
  }

  async list(): Promise<WatchedFolder[]> {
    return Promise.all(
      readFolders(this.#project).map(async (path) => {
        const found = await stat(path).catch(() => undefined);
        return { path, isMissing: found?.isDirectory() !== true };
      }),
    );
  }

  /** @throws library/folder-unreadable */
  async add(folder: string): Promise<WatchedFolder[]> {
    const path = resolve(folder);
    const found = await stat(path).catch(() => undefined);
    if (!isAbsolute(folder) || found?.isDirectory() !== true) {
      throw new LensmithError('library/folder-unreadable', `${folder} is no folder here.`, {
        hint: 'Give the whole path of a folder that is there.',
      });
    }
    const folders = readFolders(this.#project);
    if (!folders.includes(path)) {
      this.#write([...folders, path]);
      this.#begin(path);
    }
    return this.#tell();
  }

  async remove(folder: string): Promise<WatchedFolder[]> {
    this.#write(readFolders(this.#project).filter((path) => path !== folder));
    this.#end(folder);
    return this.#tell();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#looking);
    for (const folder of [...this.#seen.keys()]) this.#end(folder);
    await Promise.allSettled(this.#scans);
  }

  #write(folders: readonly string[]): void {
    this.#project.store.writeMeta(metaKey, JSON.stringify(folders));
  }

  async #tell(): Promise<WatchedFolder[]> {
    const folders = await this.list();
    this.#context.events.emit('library.watchedChanged', folders);
    return folders;
  }

  /** A system's watch ends with its folder, and says nothing when another takes the place. */
  async #look(): Promise<void> {
    let isChanged = false;
    for (const folder of [...this.#seen.keys()]) {
      const now = identity(await stat(folder).catch(() => undefined));
      const before = this.#seen.get(folder);
      if (this.#isClosed || before === undefined || before === now) continue;
      this.#end(folder);
      this.#seen.set(folder, now);
      if (now !== null) this.#begin(folder);
      isChanged = true;
    }
    if (isChanged) await this.#tell();
  }

  #begin(folder: string): void {
    try {
      this.#seen.set(folder, identity(statSync(folder, { throwIfNoEntry: false })));
    } catch {
      this.#seen.set(folder, null);
    }
    this.#scanSoon(folder, 0);
    try {
      const watcher = watch(folder, { recursive: true }, () => this.#scanSoon(folder));
      // The folder went and is looked for, or the system has no more watches until the next start.
      watcher.on('error', (error) => {
        this.#context.log(`watch ${folder}: ${error.message}`);
        this.#unwatch(folder);
      });
      this.#watchers.set(folder, watcher);
    } catch (error) {
      this.#context.log(`watch ${folder}: ${(error as Error).message}`);
    }
  }

  #unwatch(folder: string): void {
    this.#watchers.get(folder)?.close();
    this.#watchers.delete(folder);
  }

  #end(folder: string): void {
    this.#seen.delete(folder);
    this.#unwatch(folder);
    clearTimeout(this.#timers.get(folder));
    this.#timers.delete(folder);
  }

  /** Events come by the dozen while a file is written: one look at the folder after they cease. */
  #scanSoon(folder: string, delayMs = settleMs): void {
    if (this.#isClosed) return;
    clearTimeout(this.#timers.get(folder));
    const timer = setTimeout(() => {
      this.#timers.delete(folder);
      const scan = this.#scan(folder).catch((thrown: unknown) => {
        this.#context.log(`watch ${folder}: ${asLensmithError(thrown).message}`);
      });
      this.#scans.add(scan);
      void scan.finally(() => this.#scans.delete(scan));
    }, delayMs);
    this.#timers.set(folder, timer);
  }

  async #scan(folder: string): Promise<void> {
    const { files } = await findFiles([folder], { except: this.#project.folder });
    if (this.#isClosed) return;
    const media = files.filter(({ path }) => looksLikeMedia(path));
    const unseen = unseenFiles(this.#project.store, media);
    const stable = unseen.filter((file) => this.#isStable(file));
    if (stable.length < unseen.length) this.#scanSoon(folder);
    if (stable.length === 0) return;
    const { end } = importPaths(this.#context, this.#project, {
      paths: stable.map(({ path }) => path),
      title: `New in ${basename(folder)}`,
    });
    await end;
    // Only now: what a crash interrupted is offered again.
    if (!this.#isClosed) rememberFiles(this.#project.store, stable);
  }

  /** Sizes seen by the look before: a file that still grows has another one. */
  readonly #sizes = new Map<string, number>();

  #isStable({ path, sizeBytes, modifiedMs }: FoundFile): boolean {
    const isOld = this.#context.now() - modifiedMs > 2 * settleMs;
    const isSame = this.#sizes.get(path) === sizeBytes;
    if (isOld || isSame) {
      this.#sizes.delete(path);
      return true;
    }
    this.#sizes.set(path, sizeBytes);
    return false;
  }
}
