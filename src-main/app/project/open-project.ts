import { mkdir, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { LensmithError } from '../../base/errors.ts';
import { writeError } from '../../base/atomic-file.ts';
import type { Project } from '../../ipc/contract/project.ts';
import { ProjectStore } from '../../store/project-store.ts';
import type { StoreOptions } from '../../store/project-store.ts';

/** The file that makes a folder a project. */
export const projectFileName = 'project.lensmith';

/** A project that is open: its folder, its store, and the folders beside. */
export class OpenProject implements Disposable {
  readonly folder: string;
  readonly store: ProjectStore;
  /** Media that were copied into the project. */
  readonly mediaDir: string;
  /** Thumbnails and previews; may be deleted at any time. */
  readonly cacheDir: string;
  /** One folder a run. */
  readonly runsDir: string;

  private constructor(folder: string, store: ProjectStore) {
    this.folder = folder;
    this.store = store;
    this.mediaDir = join(folder, 'media');
    this.cacheDir = join(folder, 'cache');
    this.runsDir = join(folder, 'runs');
  }

  /**
   * Makes a project in a new or empty folder.
   * @throws project/folder-not-empty, io/not-writable, and the codes of openDatabase
   */
  static async create(folder: string, name: string, options: StoreOptions): Promise<OpenProject> {
    const path = resolve(folder);
    try {
      await makeFolder(path);
      const names = await readdir(path);
      if (names.length > 0) throw notEmpty(path, names);
    } catch (error) {
      throw writeError(error, path);
    }
    const project = new OpenProject(path, new ProjectStore(join(path, projectFileName), options));
    project.store.writeMeta('name', name);
    project.store.writeMeta('created_ms', String(options.now()));
    return project;
  }

  /**
   * @param folder of the project, or its project file
   * @throws project/not-found, project/read-only, project/newer-version, project/in-use, project/damaged
   */
  static async open(folder: string, options: StoreOptions): Promise<OpenProject> {
    const path = OpenProject.folderOf(folder);
    const file = join(path, projectFileName);
    if (!(await stat(file).catch(() => undefined))?.isFile()) throw notFound(path);
    return new OpenProject(path, new ProjectStore(file, options));
  }

  /** The project's folder, given it or its file. */
  static folderOf(given: string): string {
    const path = resolve(given);
    return basename(path) === projectFileName ? dirname(path) : path;
  }

  get name(): string {
    return this.store.readMeta('name') ?? basename(this.folder);
  }

  get summary(): Project {
    const count = (sql: string): number => Number(this.store.get(sql)?.['n'] ?? 0);
    return {
      name: this.name,
      folder: this.folder,
      counts: {
        items: count('SELECT count(*) AS n FROM items WHERE trashed_ms IS NULL'),
        samples: count('SELECT count(*) AS n FROM samples WHERE trashed_ms IS NULL'),
        shapes: count(
          'SELECT count(*) AS n FROM shapes JOIN items ON items.id = item_id WHERE trashed_ms IS NULL AND is_draft = 0',
        ),
      },
    };
  }

  [Symbol.dispose](): void {
    this.store[Symbol.dispose]();
  }
}

/** Not mkdir's own recursion: that never ends where the system takes no folders (Linux's /proc). */
async function makeFolder(path: string): Promise<void> {
  if ((await stat(path).catch(() => undefined))?.isDirectory()) return;
  if (dirname(path) !== path) await makeFolder(dirname(path));
  await mkdir(path);
}

function notEmpty(path: string, names: readonly string[]): LensmithError {
  const isProject = names.includes(projectFileName);
  return new LensmithError('project/folder-not-empty', `${path} is not empty.`, {
    expected: 'a new or empty folder',
    got: isProject ? 'a project' : names.slice(0, 5).join(', '),
    hint: isProject ? 'Open it instead.' : 'Choose another folder for the new project.',
  });
}

function notFound(path: string): LensmithError {
  return new LensmithError('project/not-found', `There is no project in ${path}.`, {
    expected: `a folder with the file ${projectFileName}`,
    hint: 'If it is on another disk, connect it; if it was moved, open it where it is now.',
  });
}
