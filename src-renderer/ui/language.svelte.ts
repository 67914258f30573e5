/** Which language the window speaks: what the person chose, else the system's. Texts: catalogue.ts. */
import { languages, speakAs } from './catalogue.ts';
import type { Language } from './catalogue.ts';
import { recall, remember } from './remember.ts';

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
    speakAs(() => this.#current);
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
