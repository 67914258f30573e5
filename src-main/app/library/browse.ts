/** Folders of this machine, for windows that have no native dialog. */
import { readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, parse, resolve } from 'node:path';
import { LensmithError } from '../../base/errors.ts';
import type { Browsed } from '../../ipc/contract/library.ts';
import { looksLikeMedia } from './find-files.ts';

const mostEntries = 2000;

/**
 * @param path a folder, or a file in it; null: the home folder
 * @throws library/folder-unreadable
 */
export async function browse(path: string | null): Promise<Browsed> {
  const wanted = resolve(path?.trim().replace(/^~(?=$|[\\/])/u, homedir()) || homedir());
  try {
    const folder = (await stat(wanted)).isDirectory() ? wanted : dirname(wanted);
    const entries = await readdir(folder, { withFileTypes: true });
    const visible = entries.filter(({ name }) => !name.startsWith('.'));
    const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });
    visible.sort((a, b) => collator.compare(a.name, b.name));
    const folders: Browsed['folders'] = [];
    const files: Browsed['files'] = [];
    for (const { name } of visible.slice(0, mostEntries)) {
      const below = join(folder, name);
      // Links count as what they lead to; those that lead nowhere are left out.
      const facts = await stat(below).catch(() => undefined);
      if (facts?.isDirectory()) folders.push({ name, path: below });
      else if (facts?.isFile()) {
        const isMedia = looksLikeMedia(name);
        files.push({ name, path: below, sizeBytes: facts.size, isMedia });
      }
    }
    const { root } = parse(folder);
    return {
      path: folder,
      parent: folder === root ? null : dirname(folder),
      places: await places(root),
      folders,
      files,
      isCut: visible.length > mostEntries,
    };
  } catch (cause) {
    throw new LensmithError('library/folder-unreadable', `${wanted} cannot be opened.`, {
      got: (cause as Error).message,
      hint: 'Check the spelling, and that you may read this folder.',
      cause,
    });
  }
}

/** Home, the usual folders in it, and the disks that are there. */
async function places(root: string): Promise<Browsed['places']> {
  const home = homedir();
  const usual = ['Pictures', 'Videos', 'Desktop', 'Downloads', 'Documents'];
  const mounts = ['/media', '/mnt', '/Volumes', `/run/media/${home.split(/[\\/]/u).at(-1) ?? ''}`];
  const disks: { name: string; path: string }[] = [];
  for (const mount of mounts) {
    for (const name of await readdir(mount).catch(() => [])) {
      disks.push({ name, path: join(mount, name) });
    }
  }
  const candidates = [
    { name: 'Home', path: home },
    ...usual.map((name) => ({ name, path: join(home, name) })),
    ...disks,
    { name: root, path: root },
  ];
  const there = await Promise.all(
    candidates.map(async ({ path }) => (await stat(path).catch(() => undefined))?.isDirectory()),
  );
  return candidates.filter((_, at) => there[at] === true);
}
