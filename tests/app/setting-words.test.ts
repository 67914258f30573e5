import { expect, test } from 'vitest';
import { settingWords } from '../../src-main/app/runs/setting-words.ts';

test('settings are called as the window calls them', () => {
  expect(settingWords('--batch-size 2 --recompute on --no-such x')).toBe(
    'Batch size 2 Recompute on --no-such x',
  );
});

test('where a part of the layers would do, the window can only have all computed twice', () => {
  expect(settingWords('--batch-size 2 --recompute 21')).toBe('Batch size 2 Recompute on');
});
