/** What an import brings in: files as they were named, and everything below folders. */
import { readdir, stat } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { throwIfCancelled } from '../../base/errors.ts';

export interface FoundFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

export interface UnreadablePath {
  readonly path: string;
  readonly message: string;
}

export interface FoundFiles {
  readonly files: FoundFile[];
  /** Paths that are not there, or may not be read. */
  readonly unreadable: UnreadablePath[];
}

/** Endings of what the library takes, for lists of files; what a file is its contents say. */
const mediaEndings = new Set(
  `jpg jpeg jpe jfif png webp avif tif tiff gif heic heif bmp
   mp4 m4v mov webm mkv avi mts m2ts ts mpg mpeg ogv flv wmv`.split(/\s+/u),
);

export function looksLikeMedia(path: string): boolean {
  return mediaEndings.has(extname(path).slice(1).toLowerCase());
}

export interface FindOptions {
  /** A folder that is passed over: the project's own, with its copies and thumbnails. */
  readonly except?: string;
  readonly signal?: AbortSignal;
  readonly onFound?: (count: number) => void;
}

/**
 * Files in the order of their names, each once. Names that begin with a dot are the system's and stay
 * out, unless they were named themselves; links to folders are not followed, so that there is an end.
 */
export async function findFiles(
  paths: readonly string[],
  options: FindOptions = {},
): Promise<FoundFiles> {
  const found = new Map<string, FoundFile>();
  const unreadable: UnreadablePath[] = [];
  const visit = async (path: string, isNamed: boolean): Promise<void> => {
    throwIfCancelled(options.signal, 'Looking for files');
    if (path === options.except || found.has(path)) return;
    try {
      const facts = await stat(path);
      if (facts.isDirectory()) {
        const entries = await readdir(path, { withFileTypes: true });
        entries.sort((a, b) => (a.name < b.name ? -1 : 1));
        for (const entry of entries) {
          if (entry.name.startsWith('.')) continue;
          const below = join(path, entry.name);
          if (entry.isSymbolicLink() && (await isFolder(below))) continue;
          await visit(below, false);
        }
      } else if (facts.isFile() || isNamed) {
        found.set(path, { path, sizeBytes: facts.size, modifiedMs: facts.mtimeMs });
        options.onFound?.(found.size);
      }
    } catch (error) {
      throwIfCancelled(options.signal, 'Looking for files');
      unreadable.push({ path, message: (error as Error).message });
    }
  };
  for (const path of paths) await visit(resolve(path), true);
  return { files: [...found.values()], unreadable };
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}
