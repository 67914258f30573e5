/**
 * Patterns that adapter files carry are Python regular expressions written by
 * strangers. They are translated, and run under a time limit: a hostile one
 * (catastrophic backtracking) is an error and no hang.
 */
import { runInNewContext } from 'node:vm';
import { LensmithError } from '../../base/errors.ts';
import { shorten } from '../weights/safetensors-layout.ts';

const timeLimitMs = 1000;
const maxPatternLength = 20_000;

/**
 * Which names a pattern matches, as Python's re.fullmatch would say.
 * @returns one boolean per name
 * @throws formats/bad-pattern, formats/pattern-too-slow
 */
export function fullMatchAll(pattern: string, names: readonly string[]): boolean[] {
  if (pattern.length > maxPatternLength) {
    throw new LensmithError('formats/bad-pattern', 'A pattern of module names is too long.', {
      expected: `at most ${maxPatternLength} characters`,
      got: shorten(pattern),
    });
  }
  const { source, flags } = translate(pattern);
  try {
    new RegExp(source, flags);
  } catch (error) {
    throw new LensmithError('formats/bad-pattern', 'A pattern of module names is malformed.', {
      expected: 'a regular expression, such as .*language_model.*\\.(q_proj|v_proj)',
      got: `${shorten(pattern)}: ${(error as Error).message}`,
      cause: error,
    });
  }
  try {
    const script =
      'const r = new RegExp(source, flags); JSON.stringify(names.map((n) => r.test(n)))';
    const context = { source, flags, names: [...names] };
    return JSON.parse(
      runInNewContext(script, context, { timeout: timeLimitMs }) as string,
    ) as boolean[];
  } catch (error) {
    throw new LensmithError(
      'formats/pattern-too-slow',
      'A pattern of module names runs too long.',
      {
        expected: `an answer for ${names.length} names within ${timeLimitMs} ms`,
        got: shorten(pattern),
        hint: 'Write the pattern without nested repetitions.',
        cause: error,
      },
    );
  }
}

/** The constructs whose spelling differs between Python and JavaScript. */
function translate(pattern: string): { source: string; flags: string } {
  const inline = /^\(\?([aimsu]+)\)/.exec(pattern);
  const flags = [...new Set(inline?.[1] ?? '')].filter((flag) => 'ims'.includes(flag)).join('');
  const body = pattern
    .slice(inline?.[0].length ?? 0)
    .replace(/\\A/g, '^')
    .replace(/\\Z/g, '$')
    .replace(/\(\?P</g, '(?<')
    .replace(/\(\?P=(\w+)\)/g, '\\k<$1>');
  // Not ^ and $ of the pattern's own flags: with (?m) those would match at line breaks.
  return { source: `(?<![\\s\\S])(?:${body})(?![\\s\\S])`, flags };
}
