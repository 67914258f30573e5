/** What the core says in English has a German form, and the window finds it, values and all. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { coreError, coreWords } from '../../../src-renderer/core-words/core-words.ts';
import { PhraseBook } from '../../../src-renderer/core-words/phrase-book.ts';
import { german } from '../../../src-renderer/core-words/texts/german/index.ts';
import { acts as videoActs } from '../../../src-renderer/features/annotate/video/acts.ts';
import { speakAs } from '../../../src-renderer/ui/catalogue.ts';
import { filterKeys, parseFilter } from '../../../src-main/ipc/contract/library-filter.ts';
import { corePhrases, phrasesOfFile } from './core-phrases.ts';

const root = join(import.meta.dirname, '..', '..', '..', 'src-main');

/** Which have an entry for each count, or are put together by the reader of sources from what never meets. */
const otherwise = new Set(['Tag {} {}', 'Take {} off {}', 'Tag {} off {}', 'Take {} {}']);
const sources = new Set(Object.keys(german).map((source) => source.replaceAll('{#}', '{}')));

afterEach(() => speakAs(() => 'en'));

const inGerman = (text: string): string => {
  speakAs(() => 'de');
  return coreWords(text);
};

describe('the book of phrases', () => {
  const book = new PhraseBook({
    'Move {}': '{1~} bewegen',
    box: 'Rahmen',
    '{}: {}': '{1}: {2~}',
    'Delete {} of {}': '{1} von {2} löschen',
    'Delete {}': '{1} löschen',
  });

  it('puts values where they belong, and says what is nested', () => {
    expect(book.say('Move box')).toBe('Rahmen bewegen');
    expect(book.say('a.png: Move box')).toBe('a.png: Rahmen bewegen');
    expect(book.say('Delete 3 of 4')).toBe('3 von 4 löschen');
  });

  it('leaves names, and what it does not know, as they are', () => {
    expect(book.say('Delete box')).toBe('box löschen');
    expect(book.say('Something else')).toBe('Something else');
    expect(book.say('Delete $1 (x) [y]\nz')).toBe('$1 (x) [y]\nz löschen');
  });
});

describe('the reader of sources', () => {
  it('finds errors, hints, acts and jobs, with gaps for values', () => {
    const source = `
      const label = many ? \`Delete \${n} marks\` : 'Delete mark';
      store.journal.edit(scope, label, work);
      jobs.start({ kind: 'x', title: \`Preview of \${name}\`, run });
      progress({ note: 'Reading' });
      throw new LensmithError('a/b', \`There is no \${path}.\`, { hint: flag ? 'Do this.' : other });`;
    expect(phrasesOfFile('a.ts', source).map(({ phrase }) => phrase)).toEqual([
      ...['Delete {} marks', 'Delete mark', 'Preview of {}', 'Reading'],
      ...['There is no {}.', 'Do this.'],
    ]);
  });
});

describe('German', () => {
  it('is there for everything that the core says to a person', () => {
    const missing = corePhrases(root)
      .filter(({ phrase }) => !sources.has(phrase) && !otherwise.has(phrase))
      .map(({ phrase, place }) => `${place}: ${phrase}`);
    expect(missing).toEqual([]);
  });

  it('is there for what the engine says of devices and memory', () => {
    const native = join(root, '..', 'native');
    const said = globSync('{core,binding,backends}/**/*.{cc,h}', { cwd: native }).flatMap(
      (path) => {
        const text = readFileSync(join(native, path), 'utf8');
        return [...text.matchAll(/Error\(\s*"(?:device|memory)\/[\w-]+",\s*"([^"]+)"/gu)];
      },
    );
    expect(said.length).toBeGreaterThan(10);
    expect(said.map(([, phrase = '']) => phrase).filter((one) => !sources.has(one))).toEqual([]);
    expect(inGerman('The graphics device was lost.')).toBe('Die Grafikkarte ging verloren.');
    const fitting = 'Batch size 1 Gradient accumulation 4 Recompute on Optimiser adamw-8bit';
    const advice = `This should fit, at about 27 MiB, with the same samples a step: ${fitting}`;
    expect(inGerman(`${advice} Resume goes on after step 3.`)).toContain(
      'Batchgröße 1, Gradientenakkumulation 4, Neu berechnen ein, Optimierer mit 8 Bit. „Fortsetzen“',
    );
    const hint = 'Its driver has reset it, or it is gone; work starts anew in a new process.';
    expect(inGerman(`${hint} Resume goes on after step 12.`)).toMatch(
      /^Ihr Treiber hat sie .*„Fortsetzen“ geht nach Schritt 12 weiter\.$/,
    );
  });

  it('puts every value of the English into the German, and no other', () => {
    const wrong = Object.entries(german).filter(([source, translation]) => {
      const gaps = source.split(/\{#?\}/u).length - 1;
      const numbers = [...translation.matchAll(/\{(\d)~?\}/gu)].map(([, number]) => Number(number));
      return numbers.some((number) => number > gaps) || /\{(?!\d~?\})\}/u.test(translation);
    });
    expect(wrong).toEqual([]);
  });

  it('has acts on marks, keys of filters and what is wrong with one', () => {
    const names = Object.values(videoActs).flatMap((act) =>
      typeof act === 'string' ? [act] : Object.values(act),
    );
    const helps = Object.values(filterKeys).map(({ help }) => help);
    const speech = helps.filter((help) => /\p{L} \p{L}/u.test(help) || help === 'pixels');
    for (const text of [...names, ...speech]) expect(inGerman(text), text).not.toBe(text);
    for (const filter of [
      'tg:x',
      'tag:',
      'name:"x',
      'tag>3',
      'type:song',
      'rating>x',
      'size>big',
    ]) {
      const problem = parseFilter(filter).problems[0]?.message ?? '';
      expect(inGerman(problem), filter).not.toBe(problem);
    }
  });

  it.each([
    ['Delete 3 items', '3 Einträge löschen'],
    ['Delete 1 item', '1 Eintrag löschen'],
    ['Tag 2 items “cat”, “dog”', '2 Einträge mit “cat”, “dog” verschlagworten'],
    ['Take “cat” off 2 items', '“cat” von 2 Einträgen entfernen'],
    ['Put 12 items in train', '12 Einträge dem Training zuteilen'],
    ['Rate 4 items 5', '4 Einträge mit 5 bewerten'],
    ['Draw rotated box', 'Gedrehten Rahmen zeichnen'],
    ['Move box of track', 'Rahmen der Spur verschieben'],
    ['Add label Delete', 'Label Delete anlegen'],
    ['Duplicate 3 marks', '3 Markierungen duplizieren'],
    ['12 added, 3 already here, 1 broken', '12 hinzugefügt, 3 schon vorhanden, 1 defekt'],
    ['Learning rate cannot be used so.', 'Lernrate lässt sich so nicht verwenden.'],
    ['The evaluation was cancelled.', 'Die Auswertung wurde abgebrochen.'],
    [
      'The sample 7 (data.jsonl:3): The image does not exist: /a/b.png',
      'Das Beispiel 7 (data.jsonl:3): Das Bild gibt es nicht: /a/b.png',
    ],
    [
      '3 steps were worked through on this machine; the run has 40, and 2 evaluations with 1 answer. Another run was at work meanwhile, so it may be quicker.',
      '3 Schritte wurden auf diesem Rechner durchgerechnet; der Lauf hat 40, dazu 2 Auswertungen mit 1 Antwort. Währenddessen lief ein anderer Trainingslauf; es kann also schneller gehen.',
    ],
  ])('says "%s"', (english, expected) => {
    expect(inGerman(english)).toBe(expected);
  });

  it('keeps the code and the details of an error', () => {
    speakAs(() => 'de');
    const error = {
      code: 'media/ffmpeg-missing',
      message: 'No working ffmpeg was found.',
      got: 'x',
    };
    expect(coreError(error)).toEqual({
      ...error,
      message: 'Kein funktionierendes ffmpeg wurde gefunden.',
    });
  });

  it.each(['en', 'de'] as const)('has the units of the window in %s', (language) => {
    speakAs(() => language);
    const note =
      'Activations are kept, which takes about 70 MiB of 17.4 GiB and saves computing them twice.';
    expect(coreWords(note)).toMatch(/ 70 MB .*17\.4 GB /);
    const error = { code: 'memory/out-of-memory', message: 'x', expected: 'room for 16 MiB' };
    expect(coreError({ ...error, got: 'MiB.png' })).toMatchObject({
      expected: 'room for 16 MB',
      got: 'MiB.png',
    });
  });

  it('leaves English as it is', () => {
    expect(coreWords('Delete 3 items')).toBe('Delete 3 items');
  });
});
