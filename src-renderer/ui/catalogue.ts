/**
 * Message catalogues: what the window says, in each of its languages. No component and no rune, so that
 * pure parts can speak too, and be tested alone; `language.svelte.ts` tells which language is meant.
 *
 * A folder keeps its words in `texts/en.ts`, whose type every other language must fill (`texts/de.ts`: a
 * missing entry does not compile), and offers them in `texts/index.ts`:
 *
 *     export const texts = catalogue({ en, de });
 *
 * Entries are strings, or functions of values. In a template `{texts().title}` and
 * `{texts().pictures(count)}` follow the person's choice at once. A constant with words is made a
 * function, `() => [texts().day, …]`; one that only names an entry passes it on as `() => texts().day`.
 */

export const languages = ['en', 'de'] as const;
export type Language = (typeof languages)[number];

let read: () => Language = () => 'en';

/** Lets the window say which language it is in; reading it must be tracked where texts are drawn. */
export function speakAs(reader: () => Language): void {
  read = reader;
}

/** The language in which the window speaks now. */
export const spoken = (): Language => read();

/** The texts of one folder in the language of the window. */
export function catalogue<Texts>(texts: Readonly<Record<Language, Texts>>): () => Texts {
  return () => texts[spoken()];
}

/** Words that were made by a person, or those of a catalogue, which follow the language. */
export type Words = string | (() => string);

export const wordsOf = (words: Words): string => (typeof words === 'string' ? words : words());

/** The form of a word that goes with a count: `plural('en', 2, { one: 'mark', other: 'marks' })`. */
export function plural(
  tongue: Language,
  count: number,
  forms: Readonly<Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }>,
): string {
  return forms[new Intl.PluralRules(tongue).select(count)] ?? forms.other;
}
