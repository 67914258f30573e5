import type { AnswerMetric } from './metric.ts';
import { normaliseAnswer } from './normalise.ts';

/** Letters and digits of scripts that write words apart; others have no word borders to respect. */
const wordCharacter = /(?![\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Thai}])[\p{L}\p{N}]/u;

/**
 * 1 when the known answer stands in what the model wrote, as whole words
 * (`cat` is not in `category`), both after {@link normaliseAnswer}; else 0.
 */
export const contains: AnswerMetric = {
  kind: 'answer',
  id: 'contains',
  title: 'contains',
  isBinary: true,
  score(prediction, reference) {
    const [text, wanted] = [normaliseAnswer(prediction), normaliseAnswer(reference)];
    if (wanted === '') return text === '' ? 1 : 0;
    for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
      const end = at + wanted.length;
      if (!splitsWord(text, at) && !splitsWord(text, end)) return 1;
    }
    return 0;
  },
};

/** Whether a place between two characters lies inside a word. */
function splitsWord(text: string, place: number): boolean {
  const before = text.slice(0, place).match(/.$/su)?.[0] ?? '';
  const after = String.fromCodePoint(text.codePointAt(place) ?? 32);
  return wordCharacter.test(before) && wordCharacter.test(after);
}
