/** How pictures are called in files of marks: there and back. */
import { grouped } from '../../store/changes.ts';
import type { ItemRow } from '../../store/items.ts';

type NamedPicture = Pick<ItemRow, 'id' | 'name' | 'path'>;

/** File systems spell the same letter in two ways. */
const partsOf = (path: string): string[] =>
  path
    .normalize('NFC')
    .split(/[\\/]/u)
    .filter((part) => part !== '' && part !== '.');

/** The file's name where no other picture has it, else with as many of its folders as tell them apart. */
export function fileNamesOf(pictures: readonly NamedPicture[]): Map<number, string> {
  const names = new Map<number, string>();
  for (const group of grouped(pictures, ({ name }) => name).values()) {
    for (const [id, name] of namesOf(group)) names.set(id, name);
  }
  return names;
}

function namesOf(group: readonly NamedPicture[]): [id: number, name: string][] {
  const [only] = group;
  if (group.length === 1 && only !== undefined) return [[only.id, only.name]];
  const paths = group.map(({ id, path }) => ({ id, parts: partsOf(path) }));
  const deepest = Math.max(...paths.map(({ parts }) => parts.length));
  for (let depth = 2; ; depth += 1) {
    const named = paths.map(({ id, parts }): [number, string] => [
      id,
      parts.slice(-depth).join('/'),
    ]);
    if (depth >= deepest || new Set(named.map(([, name]) => name)).size === group.length) {
      return named;
    }
  }
}

export type FoundPicture<T> =
  | { readonly kind: 'found'; readonly picture: T }
  | { readonly kind: 'none' }
  /** Several of which nothing says which it is. */
  | { readonly kind: 'several'; readonly count: number };

/** Pictures by what files of marks call them. */
export class PictureFinder<T extends NamedPicture> {
  readonly #byName: Map<string, T[]>;

  constructor(pictures: readonly T[]) {
    this.#byName = new Map();
    for (const picture of pictures) {
      for (const name of new Set([picture.name, partsOf(picture.path).at(-1) ?? ''])) {
        const key = name.normalize('NFC');
        this.#byName.set(key, [...(this.#byName.get(key) ?? []), picture]);
      }
    }
  }

  /** The one of this name; of several, that with the most folders alike, counted from the end. */
  find(fileName: string): FoundPicture<T> {
    const parts = partsOf(fileName);
    const ofName = this.#byName.get(parts.at(-1) ?? '') ?? [];
    const alike = ofName.map((picture) => sameEnd(parts, partsOf(picture.path)));
    const most = Math.max(...alike);
    const best = ofName.filter((_, at) => alike[at] === most);
    const [picture] = best;
    if (picture === undefined) return { kind: 'none' };
    return best.length === 1 ? { kind: 'found', picture } : { kind: 'several', count: best.length };
  }
}

function sameEnd(a: readonly string[], b: readonly string[]): number {
  let count = 0;
  while (count < Math.min(a.length, b.length) && a.at(-1 - count) === b.at(-1 - count)) count += 1;
  return count;
}
