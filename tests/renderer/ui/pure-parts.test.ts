import { describe, expect, it } from 'vitest';
import { matchScore, ranked } from '../../../src-renderer/ui/match.ts';
import { nextChoosable, typedTo } from '../../../src-renderer/ui/menu.ts';
import type { MenuEntry } from '../../../src-renderer/ui/menu.ts';
import {
  numberText,
  parseNumber,
  plainNumber,
  stepped,
} from '../../../src-renderer/ui/number-text.ts';
import { placeBeside } from '../../../src-renderer/ui/place.ts';
import { nextOrder, sortedRows } from '../../../src-renderer/ui/table.ts';
import { visibleRange } from '../../../src-renderer/ui/visible-range.ts';

describe('ranked', () => {
  const names = ['Import files', 'Go to Library', 'Add label', 'Label manager', 'Résumé run'];
  const find = (query: string): string[] => ranked(names, query, (name) => name);

  it('puts the start of the name before the start of a word', () => {
    expect(find('label')).toEqual(['Label manager', 'Add label']);
  });

  it('finds accents by plain letters, and letters in order', () => {
    expect(find('resume')).toEqual(['Résumé run']);
    expect(find('gtl')).toEqual(['Go to Library']);
    expect(matchScore('Import files', 'xyz')).toBe(0);
  });

  it('keeps the order where nothing is asked for', () => {
    expect(find('  ')).toEqual(names);
  });
});

describe('menus by keyboard', () => {
  const run = (): void => undefined;
  const entries: MenuEntry[] = [
    { kind: 'heading', label: 'File' },
    { label: 'Open', run },
    { kind: 'separator' },
    { label: 'Close', run, isDisabled: true },
    { label: 'Order', run },
  ];

  it('passes over what cannot be chosen, round the ends', () => {
    expect(nextChoosable(entries, -1, 1)).toBe(1);
    expect(nextChoosable(entries, 1, 1)).toBe(4);
    expect(nextChoosable(entries, 4, 1)).toBe(1);
    expect(nextChoosable(entries, 1, -1)).toBe(4);
    expect(nextChoosable([{ kind: 'separator' }], -1, 1)).toBe(-1);
  });

  it('goes on to the next of a letter, and narrows by more letters', () => {
    expect(typedTo(entries, 1, 'o')).toBe(4);
    expect(typedTo(entries, 4, 'o')).toBe(1);
    expect(typedTo(entries, 1, 'or')).toBe(4);
    expect(typedTo(entries, 1, 'c')).toBe(-1);
  });
});

describe('numbers in fields', () => {
  it('reads them as people write them', () => {
    expect(parseNumber('1,200')).toBe(1200);
    expect(parseNumber(' 2e-5 ')).toBe(0.00002);
    expect(parseNumber('.5')).toBe(0.5);
    expect(parseNumber('50 %')).toBe(50);
    expect(parseNumber('12 px')).toBe(12);
    for (const none of ['', 'e', '1.2.3', '--1', 'Infinity']) {
      expect(parseNumber(none), none).toBeUndefined();
    }
  });

  it('writes small ones short, and steps without binary dust', () => {
    expect(numberText(0.00002)).toBe('2e-5');
    expect(numberText(1200)).toBe('1200');
    expect([1e-9, 2e-4, 10, Infinity].map(plainNumber)).toEqual([
      '0.000000001',
      '0.0002',
      '10',
      undefined,
    ]);
    expect(stepped(0.1, 0.2, 0, 1)).toBe(0.3);
    expect(stepped(0.9, 0.2, 0, 1)).toBe(1);
  });
});

describe('placeBeside', () => {
  const viewport = { width: 1000, height: 600 };
  const size = { width: 200, height: 100 };
  const below = { side: 'bottom', align: 'start', gap: 4 } as const;

  it('puts it where it was wanted when there is room', () => {
    const anchor = { x: 100, y: 100, width: 80, height: 28 };
    expect(placeBeside(anchor, size, viewport, below)).toEqual({ x: 100, y: 132, side: 'bottom' });
  });

  it('turns to the side with more room, and stays in the window', () => {
    const low = { x: 900, y: 560, width: 80, height: 28 };
    expect(placeBeside(low, size, viewport, below)).toEqual({ x: 792, y: 456, side: 'top' });
    const right = { x: 900, y: 10, width: 80, height: 28 };
    const beside = { side: 'right', align: 'center', gap: 4 } as const;
    expect(placeBeside(right, size, viewport, beside)).toEqual({ x: 696, y: 8, side: 'left' });
  });
});

describe('tables', () => {
  const rows = [
    { name: 'run 12', loss: 1.2 },
    { name: 'run 2', loss: null },
    { name: 'Run 3', loss: 0.8 },
  ];
  const columns = [
    { id: 'name', title: 'Run', text: String, sortBy: (row: (typeof rows)[0]) => row.name },
    { id: 'loss', title: 'Loss', text: String, sortBy: (row: (typeof rows)[0]) => row.loss },
  ];
  const names = (column: string, isDescending: boolean): string[] =>
    sortedRows(rows, columns, { column, isDescending }).map(({ name }) => name);

  it('sorts numbers in names as numbers, and missing values last both ways', () => {
    expect(names('name', false)).toEqual(['run 2', 'Run 3', 'run 12']);
    expect(names('loss', false)).toEqual(['Run 3', 'run 12', 'run 2']);
    expect(names('loss', true)).toEqual(['run 12', 'Run 3', 'run 2']);
    expect(sortedRows(rows, columns, undefined)).toBe(rows);
  });

  it('goes up, down, and back to how they came', () => {
    const up = nextOrder(undefined, 'loss');
    const down = nextOrder(up, 'loss');
    expect([up, down, nextOrder(down, 'loss')]).toEqual([
      { column: 'loss', isDescending: false },
      { column: 'loss', isDescending: true },
      undefined,
    ]);
  });
});

describe('visibleRange', () => {
  it('draws what is in sight and a little more, never past the ends', () => {
    expect(visibleRange(0, 600, 24, 100_000)).toEqual({ first: 0, end: 31 });
    expect(visibleRange(2_400, 600, 24, 100_000)).toEqual({ first: 94, end: 131 });
    expect(visibleRange(1e9, 600, 24, 50)).toEqual({ first: 44, end: 50 });
    expect(visibleRange(0, 0, 24, 0)).toEqual({ first: 0, end: 0 });
  });
});
