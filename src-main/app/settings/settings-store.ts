import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { writeFileAtomic } from '../../base/atomic-file.ts';
import { settings } from '../../ipc/contract/settings.ts';
import type { Settings } from '../../ipc/contract/settings.ts';

export const defaultSettings: Settings = {
  threads: 0,
  device: 'auto',
  copyMedia: false,
  nearDuplicateBits: 6,
  ffmpegPath: '',
  theme: 'system',
  language: 'system',
  keys: {},
};

type SettingsPart = { readonly [K in keyof Settings]?: Settings[K] | undefined };

/** The person's settings, one JSON file. */
export class SettingsStore {
  readonly #path: string;
  #values: Settings;

  private constructor(path: string, values: Settings) {
    this.#path = path;
    this.#values = values;
  }

  /** A file that cannot be read counts as defaults: settings never keep the program from starting. */
  static async open(dataDir: string): Promise<SettingsStore> {
    const path = join(dataDir, 'settings.json');
    const text = await readFile(path, 'utf8').catch(() => '{}');
    return new SettingsStore(path, { ...defaultSettings, ...validPart(text) });
  }

  get values(): Settings {
    return this.#values;
  }

  async write(part: SettingsPart): Promise<Settings> {
    const given = Object.entries(part).filter(([, value]) => value !== undefined);
    this.#values = { ...this.#values, ...Object.fromEntries(given) };
    await writeFileAtomic(this.#path, `${JSON.stringify(this.#values, null, 2)}\n`);
    return this.#values;
  }
}

/** Each entry by itself, so that one wrong value does not cost the others. */
function validPart(text: string): Partial<Settings> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return {};
  }
  if (typeof parsed !== 'object' || parsed === null) return {};
  const sound = Object.entries(settings.entries).flatMap(([name, schema]) => {
    const result = v.safeParse(schema, (parsed as Record<string, unknown>)[name]);
    return result.success ? [[name, result.output] as const] : [];
  });
  return Object.fromEntries(sound);
}
