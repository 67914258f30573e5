/**
 * Translates finished sentences: what the core says in English, whatever stands in its gaps.
 *
 * An entry is an English sentence with gaps, `Restore {} from {}`, and the same in another language with
 * the gaps numbered, `{1} aus {2} zurückholen`. `{#}` is a gap for a number alone, where a sentence would
 * be found in a name otherwise. A gap that is a sentence of the core itself is written `{1~}`: it is
 * looked up too. Everything else in a gap is a name, a path or a number, and stays.
 */

/** English sentences with what they are in another language. */
export type Phrases = Readonly<Record<string, string>>;

interface Phrase {
  /** How the sentence begins, up to its first gap: most are told apart by it. */
  readonly start: string;
  readonly pattern: RegExp;
  readonly translation: string;
  /** Letters that are given. */
  readonly weight: number;
}

const gap = /\{(#?)\}/u;
const numberedGap = /\{(\d)(~?)\}/gu;
/** Sentences nest (a sample, its file, what is wrong); deeper than this they are somebody's text. */
const deepest = 4;

export class PhraseBook {
  readonly #exact: ReadonlyMap<string, string>;
  readonly #phrases: readonly Phrase[];

  constructor(phrases: Phrases) {
    const entries = Object.entries(phrases);
    this.#exact = new Map(entries.filter(([source]) => !gap.test(source)));
    this.#phrases = entries
      .filter(([source]) => gap.test(source))
      .map(([source, translation]) => phraseOf(source, translation))
      // Of two that fit, the one that says more before its first gap is meant.
      .sort((a, b) => b.start.length - a.start.length || b.weight - a.weight);
  }

  /** @returns the translation; the text itself where it is not in the book */
  say(text: string, depth = 0): string {
    const exact = this.#exact.get(text);
    if (exact !== undefined || depth > deepest) return exact ?? text;
    for (const { start, pattern, translation } of this.#phrases) {
      const found = text.startsWith(start) ? pattern.exec(text) : null;
      if (found === null) continue;
      return translation.replaceAll(numberedGap, (_, number: string, nested: string) => {
        const value = found[Number(number)] ?? '';
        return nested === '' ? value : this.say(value, depth + 1);
      });
    }
    return text;
  }
}

function phraseOf(source: string, translation: string): Phrase {
  // Every other part is a gap: empty, or the mark of a number.
  const parts = source.split(gap);
  const pattern = parts.map((part, at) => (at % 2 === 0 ? literal(part) : gapOf(part))).join('');
  return {
    start: parts[0] ?? '',
    pattern: new RegExp(`^${pattern}$`, 'su'),
    translation,
    weight: source.length,
  };
}

const gapOf = (mark: string): string => (mark === '#' ? '(\\d[\\d.,]*)' : '(.+?)');

const literal = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/]/gu, '\\$&');
