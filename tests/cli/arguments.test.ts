import { describe, expect, test } from 'vitest';
import { UsageError, parseArguments, usageText } from '../../src-main/cli/options.ts';
import type { Usage } from '../../src-main/cli/options.ts';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatTable,
} from '../../src-main/cli/format.ts';
import { Output } from '../../src-main/cli/output.ts';

const usage: Usage = {
  positionals: ['DIR'],
  options: {
    out: { value: 'FILE', help: 'where to', required: true },
    rank: { value: 'N', help: 'a number' },
    greedy: { help: 'a flag' },
  },
};

describe('parsing', () => {
  test('values, flags, positionals and lists', () => {
    const args = parseArguments(['m', '--out=a,b', '--rank', '8', '--greedy'], usage);
    expect(args.positional(0)).toBe('m');
    expect(args.list('out')).toEqual(['a', 'b']);
    expect(args.integer('rank', 1)).toBe(8);
    expect([args.flag('greedy'), args.flag('json')]).toEqual([true, false]);
  });

  test.each([
    [['m'], /--out FILE is missing/],
    [['--out', 'x'], /number of arguments/],
    [['m', 'n', '--out', 'x'], /number of arguments/],
    [['m', '--out', 'x', '--bogus'], /bogus/],
    [['m', '--out', 'x', '--out', 'y'], /given twice/],
    [['m', '--out'], /out/],
  ])('%j is refused', (argv, message) => {
    expect(() => parseArguments(argv, usage)).toThrow(UsageError);
    expect(() => parseArguments(argv, usage)).toThrow(message);
  });

  test.each(['x', '', '1.5', '0', 'NaN', 'Infinity', '1e999'])('rank %j is refused', (text) => {
    const args = parseArguments(['m', '--out', 'x', `--rank=${text}`], usage);
    expect(() => args.integer('rank', 1)).toThrow(UsageError);
  });

  test('--help needs nothing else, and the usage names every option', () => {
    expect(parseArguments(['--help'], usage).flag('help')).toBe(true);
    const text = usageText('model thing', 'Does it.', usage);
    for (const word of ['lensmith model thing DIR --out FILE', '--rank N', '--json', '--threads']) {
      expect(text).toContain(word);
    }
  });
});

test('numbers and tables as people read them', () => {
  expect([0, 1023, 1536, 5 * 2 ** 30].map(formatBytes)).toEqual([
    '0 B',
    '1023 B',
    '1.5 KiB',
    '5.0 GiB',
  ]);
  expect([999, 1234, 7_060_000_000].map(formatCount)).toEqual(['999', '1.23 k', '7.06 B']);
  expect([900, 61_000, 3_660_000].map(formatDuration)).toEqual(['1 s', '1 min 1 s', '1 h 1 min']);
  expect(
    formatTable(
      [
        ['a', '1'],
        ['bcd', '22'],
      ],
      [1],
    ),
  ).toBe('a     1\nbcd  22');
});

test('progress is drawn on terminals only, and never on standard output', () => {
  const texts = { out: '', err: '', plain: '' };
  const out = { write: (text: string) => (texts.out += text) };
  const terminal = { isTTY: true, columns: 60, write: (text: string) => (texts.err += text) };
  const shown = new Output(false, out, terminal);
  shown.progress('work', 1, 2);
  shown.result({}, () => 'done');
  expect(texts.err).toMatch(/work █+░+ 1\/2/);
  expect(texts.err.endsWith('\n')).toBe(true);
  expect(texts.out).toBe('done\n');
  new Output(false, out, { write: (text) => (texts.plain += text) }).progress('work', 1, 2);
  expect(texts.plain).toBe('');
});
