import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const STARTER_DIR = dirname(fileURLToPath(import.meta.url));
export const ASSETS_DIR = join(STARTER_DIR, 'assets');
export const MODEL_DIR = join(STARTER_DIR, '..', '..', 'resources', 'starter-model');
const PACKAGES_DIR = join(STARTER_DIR, 'node_modules');

/** Drawing styles; the last is never seen in training. */
export const STYLES = [
  'noto',
  'noto-v1',
  'twemoji',
  'fluent-flat',
  'fluent-3d',
  'emojione',
] as const;
export type Style = (typeof STYLES)[number];
export const HELD_OUT_STYLE: Style = 'emojione';

const ICON_SETS: Readonly<Partial<Record<Style, string>>> = {
  noto: 'noto',
  'noto-v1': 'noto-v1',
  twemoji: 'twemoji',
  'fluent-flat': 'fluent-emoji-flat',
  emojione: 'emojione',
};

interface IconSet {
  readonly icons: Readonly<Record<string, { body: string; width?: number; height?: number }>>;
  readonly aliases?: Readonly<Record<string, { parent: string }>>;
  readonly width?: number;
  readonly height?: number;
}

export function readJson<T>(...path: readonly string[]): T {
  return JSON.parse(readFileSync(join(...path), 'utf8')) as T;
}

/** File in an installed data package; says how to install it when it is absent. */
export function packageFile(...path: readonly string[]): string {
  const file = join(PACKAGES_DIR, ...path);
  if (!existsSync(file)) {
    throw new Error(`${file} is missing: run npm ci --prefix scripts/starter first`);
  }
  return file;
}

function codePoints(emoji: string): string[] {
  return [...emoji].map((c) => (c.codePointAt(0) as number).toString(16));
}

/** Looks drawings up by emoji; every style's own naming is hidden here. */
export class DrawingSource {
  readonly #sets = new Map<Style, IconSet>();
  readonly #slugs: Readonly<Record<string, { name: string; slug: string }>>;

  constructor() {
    this.#slugs = readJson(packageFile('unicode-emoji-json', 'data-by-emoji.json'));
    for (const [style, folder] of Object.entries(ICON_SETS)) {
      this.#sets.set(style as Style, readJson(packageFile('@iconify-json', folder, 'icons.json')));
    }
  }

  /** SVG text or the path of a bitmap; undefined when the style lacks the drawing. */
  find(style: Style, emoji: string): { svg: string } | { file: string } | undefined {
    if (style === 'fluent-3d') return this.#bitmap(emoji);
    const set = this.#sets.get(style);
    const record = this.#slugs[emoji] ?? this.#slugs[emoji.replace('\ufe0f', '')];
    if (!set || !record) return undefined;
    const slug = record.slug.replaceAll('_', '-');
    for (const key of [
      slug,
      slug.replace('-s-', 's-'),
      `${slug}-face`,
      slug.replace(/-face$/, ''),
    ]) {
      const name = set.aliases?.[key]?.parent ?? key;
      const icon = set.icons[name];
      if (!icon) continue;
      const w = icon.width ?? set.width ?? 16;
      const h = icon.height ?? set.height ?? 16;
      return {
        svg: `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 ${w} ${h}" width="${w}" height="${h}">${icon.body}</svg>`,
      };
    }
    return undefined;
  }

  #bitmap(emoji: string): { file: string } | undefined {
    const bare = codePoints(emoji).filter((c) => c !== 'fe0f');
    for (const name of [bare.join('-'), [...bare, 'fe0f'].join('-')]) {
      const file = join(PACKAGES_DIR, '@lobehub', 'fluent-emoji-3d', 'assets', `${name}.webp`);
      if (existsSync(file)) return { file };
    }
    return undefined;
  }
}
