/** Files that were dropped or pasted: on a desktop by path, in a browser by content. */
import '../../src-main/ipc/contract/desktop.ts';
import { texts } from './texts/index.ts';

export interface Dropped {
  /** On a desktop, folders among them; the core reads them itself. */
  readonly paths: readonly string[];
  /** What has no path: all files in a browser (folders read through), pictures of the clipboard. */
  readonly files: readonly File[];
}

/** What can be told before files are let go. A folder counts as `other`. */
export interface DropSummary {
  readonly images: number;
  readonly videos: number;
  readonly other: number;
}

export function summaryOf(data: DataTransfer): DropSummary {
  const types = [...data.items].filter(({ kind }) => kind === 'file').map(({ type }) => type);
  const images = types.filter((type) => type.startsWith('image/')).length;
  const videos = types.filter((type) => type.startsWith('video/')).length;
  return { images, videos, other: types.length - images - videos };
}

/** `41 images and 2 videos`, `3 images and 1 folder or other file`. */
export function describeSummary({ images, videos, other }: DropSummary): string {
  const say = texts();
  const parts = [
    images > 0 ? say.images(images) : '',
    videos > 0 ? say.videos(videos) : '',
    other > 0 ? say.otherFiles(other) : '',
  ].filter((part) => part !== '');
  return parts.length === 0 ? say.theseFiles : say.and(parts);
}

export async function filesOf(data: DataTransfer): Promise<Dropped> {
  const desktop = window.lensmithDesktop;
  const files = [...data.files];
  if (desktop !== undefined) {
    const paths = desktop.pathsOf(files);
    return {
      paths: paths.filter((path) => path !== ''),
      files: files.filter((_file, at) => (paths[at] ?? '') === ''),
    };
  }
  // Entries must be asked for before the first wait: then the browser takes the list back.
  const entries = [...data.items].map((item) => item.webkitGetAsEntry());
  if (!entries.some((entry) => entry?.isDirectory === true)) return { paths: [], files };
  const nested = await Promise.all(entries.filter((entry) => entry !== null).map(filesIn));
  return { paths: [], files: nested.flat() };
}

async function filesIn(entry: FileSystemEntry): Promise<File[]> {
  if (entry instanceof FileSystemFileEntry) {
    return [await new Promise<File>((resolve, reject) => entry.file(resolve, reject))];
  }
  if (!(entry instanceof FileSystemDirectoryEntry)) return [];
  const reader = entry.createReader();
  const files: File[] = [];
  for (;;) {
    // At most a hundred at a time; an empty list is the end.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return files;
    for (const inner of some) files.push(...(await filesIn(inner)));
  }
}
