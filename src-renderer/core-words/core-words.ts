/**
 * What the core says, in the language of the window. The core speaks English, and so do the names of
 * acts that a project keeps for undo; German is found by the English sentence, so that projects of
 * earlier versions speak it too. `tests/renderer/texts/core-words.test.ts` reads the sources of the core
 * and finds what has no entry.
 */
import type { Job } from '../../src-main/ipc/contract/jobs.ts';
import type { ErrorWire } from '../../src-main/ipc/contract/wire.ts';
import { spoken } from '../ui/catalogue.ts';
import type { Language } from '../ui/catalogue.ts';
import { PhraseBook } from './phrase-book.ts';
import { german } from './texts/german/index.ts';

const books: Readonly<Record<Language, PhraseBook | null>> = {
  en: null,
  de: new PhraseBook(german),
};

/** The window's names for the same powers of 1024 (ui/format.ts): 17.4 GiB as 17.4 GB. */
const inWindowUnits = (text: string): string =>
  text.replace(/(?<=\d )([KMGT])iB(?!\p{L})/gu, '$1B');

/** A sentence of the core in the language of the window; itself where the window does not know it. */
export const coreWords = (text: string): string =>
  inWindowUnits(books[spoken()]?.say(text) ?? text);

/** An error of the core; what was expected and got, but for units, and its code stay as they are. */
export function coreError(error: ErrorWire): ErrorWire {
  const { message, expected, got, hint } = error;
  return {
    ...error,
    message: coreWords(message),
    ...(expected === undefined ? {} : { expected: inWindowUnits(expected) }),
    ...(got === undefined ? {} : { got: inWindowUnits(got) }),
    ...(hint === undefined ? {} : { hint: coreWords(hint) }),
  };
}

/** A job as the window tells of it. */
export function coreJob(job: Job): Job {
  return {
    ...job,
    title: coreWords(job.title),
    note: coreWords(job.note),
    error: job.error === null ? null : coreError(job.error),
  };
}
