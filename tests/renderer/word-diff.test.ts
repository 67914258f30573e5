import { expect, test } from 'vitest';
import { diffWords } from '../../src-renderer/features/evaluate/word-diff.ts';

const marked = (answer: string, expected: string): string =>
  diffWords(answer, expected)
    .map(({ text, kind }) => ({ same: text, extra: `+${text}+`, missing: `-${text}-` })[kind])
    .join('');

test('an answer shows what it has too much of and what it lacks', () => {
  expect(marked('Part: Hupsel. Verdict: fit.', 'Part: Hupsel. Verdict: scrap.')).toBe(
    'Part: Hupsel. Verdict: +fit+-scrap-.',
  );
  expect(marked('a cat', 'A cat')).toBe('a cat');
  expect(marked('the cat sat', 'the cat')).toBe('the cat+ sat+');
  expect(marked('a cat', '')).toBe('a cat');
});

test('texts without a word in common are not taken apart, nor are very long ones', () => {
  expect(marked('gloves.', 'Part: Ompet.')).toBe('+gloves.+');
  expect(marked('', 'Part')).toBe('');
  const long = 'word '.repeat(700);
  expect(diffWords(long, `${long}more`)).toEqual([{ text: long, kind: 'same' }]);
});
