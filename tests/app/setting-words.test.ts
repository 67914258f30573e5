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

test('what the same command would do, the button does', () => {
  expect(settingWords('There is no checkpoint yet: the same command starts it again.')).toBe(
    'There is no checkpoint yet: Resume starts it again.',
  );
  expect(settingWords('Add --resume to the same command to go on after step 3.')).toBe(
    'Resume goes on after step 3.',
  );
});
