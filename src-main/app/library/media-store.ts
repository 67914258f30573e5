/** Files that the project keeps itself: copies by content, and uploads on their way in. */
import { randomBytes } from 'node:crypto';
import { constants, createWriteStream, existsSync, readdirSync } from 'node:fs';
import { copyFile, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { LensmithError } from '../../base/errors.ts';
import { writeError } from '../../base/atomic-file.ts';
import type { OpenProject } from '../project/open-project.ts';

/** Absolute path of an item's file. */
export function itemPath(
  project: OpenProject,
  item: { readonly path: string; readonly isCopied: boolean },
): string {
  return item.isCopied ? join(project.folder, ...item.path.split('/')) : item.path;
}

/** How folders of copies are named, and copies and halves of copies in them: by the hash of the contents. */
export const copyFolder = /^[0-9a-f]{2}$/u;
export const copyName = /^[0-9a-f]{64}\.[a-z0-9]+(\.[0-9a-f]{12}\.tmp)?$/u;

/** Where a copy with these contents lies, and how the store names it. */
function copyPlace(project: OpenProject, hash: string, format: string) {
  const path = join(project.mediaDir, hash.slice(0, 2), `${hash}.${format}`);
  return { path, stored: relative(project.folder, path).split(sep).join('/') };
}

/**
 * Brings a file into the project by its contents.
 * @param move whether the source is ours and may go
 * @param expected what the source was when its contents were read
 * @returns the path for the store
 * @throws media/file-changing, io/disk-full and the other codes of writeError
 */
export async function keepFile(
  project: OpenProject,
  source: { readonly path: string; readonly hash: string; readonly format: string },
  move: boolean,
  expected: { readonly sizeBytes: number; readonly modifiedMs: number },
): Promise<string> {
  const { path, stored } = copyPlace(project, source.hash, source.format);
  const there = await stat(path).catch(() => undefined);
  if (there?.size === expected.sizeBytes) {
    if (move) await rm(source.path, { force: true });
    return stored;
  }
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    if (move) await rename(source.path, path);
    else {
      await copyFile(source.path, temporary, constants.COPYFILE_FICLONE);
      const [copied, now] = [await stat(temporary), await stat(source.path)];
      const isSame = copied.size === expected.sizeBytes && now.mtimeMs === expected.modifiedMs;
      if (!isSame) throw changing(source.path);
      await rename(temporary, path);
    }
  } catch (error) {
    await rm(temporary, { force: true });
    throw writeError(error, path, expected.sizeBytes);
  }
  return stored;
}

function changing(path: string): LensmithError {
  return new LensmithError('media/file-changing', `${path} changed while it was copied.`, {
    hint: 'Wait until it has been copied or recorded, then add it again.',
  });
}

const incoming = (project: OpenProject): string => join(project.mediaDir, 'incoming');

/** A name from elsewhere as part of a file name: its letters, no separators, no control characters. */
export function safeName(name: string): string {
  const last = name.split(/[\\/]/u).at(-1) ?? '';
  const clean = last.replaceAll(/[\p{Cc}\p{Cf}<>:"|?*]+/gu, '_').replace(/^[.\s]+|[.\s]+$/gu, '');
  // Most file systems end at 255 bytes; the ending is worth more than the stem.
  const ending = /\.[^.]{1,10}$/u.exec(clean)?.[0] ?? '';
  let stem = clean.slice(0, clean.length - ending.length);
  while (Buffer.byteLength(stem + ending) > 180) stem = [...stem].slice(0, -1).join('');
  return stem + ending || 'unnamed';
}

/**
 * Streams an upload to the disk.
 * @returns what library.import takes
 * @throws io/disk-full and the other codes of writeError
 */
export async function receiveUpload(
  project: OpenProject,
  name: string,
  body: ReadableStream<Uint8Array>,
): Promise<string> {
  const upload = `${randomBytes(16).toString('hex')}-${safeName(name)}`;
  const path = join(incoming(project), upload);
  try {
    await mkdir(dirname(path), { recursive: true });
    await pipeline(Readable.fromWeb(body), createWriteStream(path, { flags: 'wx' }));
  } catch (error) {
    await rm(path, { force: true });
    throw writeError(error, path);
  }
  return upload;
}

/** The file of an upload. @throws library/unknown-upload */
export function uploadPath(project: OpenProject, upload: string): string {
  const path = join(incoming(project), upload);
  if (/^[0-9a-f]{32}-/u.test(upload) && basename(path) === upload) return path;
  throw new LensmithError('library/unknown-upload', 'There is no such upload.', {
    got: upload.slice(0, 100),
  });
}

/** The name that the person knows an upload by. */
export function uploadName(upload: string): string {
  return upload.slice(33);
}

/** Removes uploads of an earlier session that nobody imported; new ones may come meanwhile. */
export async function sweepUploads(project: OpenProject): Promise<void> {
  const folder = incoming(project);
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) await rm(join(folder, name), { force: true });
}

/** Whether a path lies in the project's folder of copies. */
export function isKept(project: OpenProject, path: string): boolean {
  return resolve(path).startsWith(project.mediaDir + sep);
}

/** Removes a copy, and its folder when that was the last. */
export async function dropFile(path: string): Promise<void> {
  await rm(path, { force: true });
  const folder = dirname(path);
  if ((await readdir(folder).catch(() => ['?'])).length === 0) {
    await rm(folder, { recursive: true, force: true });
  }
}
