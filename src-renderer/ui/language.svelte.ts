/**
 * The language of the window, and its message catalogues.
 *
 * A feature keeps its words in `texts/en.ts`, whose type every other language must fill (`texts/de.ts`;
 * a missing one does not compile), and offers them as `texts/index.ts`:
 *
 *     export const texts = catalogue({ en, de });
 *
 * In a template `{texts().title}` and `{texts().pictures(count)}` follow the person's choice at once.
 */
import { recall, remember } from './remember.ts';

export const languages = ['en', 'de'] as const;
export type Language = (typeof languages)[number];

/** What each language calls itself. */
export const languageNames: Readonly<Record<Language, string>> = { en: 'English', de: 'Deutsch' };

export const languageChoices = ['system', ...languages] as const;
export type LanguageChoice = (typeof languageChoices)[number];

/** The first of the system's languages that is spoken here; English where none is. */
export function languageFor(choice: LanguageChoice, wishes: readonly string[]): Language {
  if (choice !== 'system') return choice;
  const spoken = wishes.map((tag) => tag.toLowerCase().split('-')[0]);
  return languages.find((language) => language === spoken.find(isLanguage)) ?? 'en';
}

const isLanguage = (tag: string | undefined): tag is Language =>
  languages.some((language) => language === tag);

const isChoice = (text: string | undefined): text is LanguageChoice =>
  languageChoices.some((choice) => choice === text);

const wishes = (): readonly string[] =>
  typeof navigator === 'undefined' ? [] : navigator.languages;

class LanguageStore {
  #choice: LanguageChoice = $state('system');
  readonly #current: Language = $derived(languageFor(this.#choice, wishes()));

  constructor() {
    const kept = recall('language');
    if (isChoice(kept)) this.#choice = kept;
    this.#tellPage();
  }

  get choice(): LanguageChoice {
    return this.#choice;
  }

  set choice(choice: LanguageChoice) {
    this.#choice = choice;
    remember('language', choice === 'system' ? undefined : choice);
    this.#tellPage();
  }

  get current(): Language {
    return this.#current;
  }

  /** Screen readers pronounce, and the browser hyphenates, by the language of the page. */
  #tellPage(): void {
    if (typeof document !== 'undefined') document.documentElement.lang = this.#current;
  }
}

export const language = new LanguageStore();

/** The texts of one feature in the language of the window. */
export function catalogue<Texts>(texts: Readonly<Record<Language, Texts>>): () => Texts {
  return () => texts[language.current];
}

/** The form of a word that goes with a count: `plural('en', 2, { one: 'mark', other: 'marks' })`. */
export function plural(
  tongue: Language,
  count: number,
  forms: Readonly<Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }>,
): string {
  return forms[new Intl.PluralRules(tongue).select(count)] ?? forms.other;
}
