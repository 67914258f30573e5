/** Names in `lensmith.json`, which other versions may have written, in words. */
import { texts } from './texts/index.ts';

const wordFor = (words: Readonly<Record<string, string>>, name: string): string =>
  words[name] ?? name;

export const methodWords = (method: string): string => wordFor(texts().lineage.methods, method);
export const settingWords = (name: string): string => wordFor(texts().lineage.settings, name);
export const scoreWords = (name: string): string => wordFor(texts().lineage.scores, name);
