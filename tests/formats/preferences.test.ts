import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { isPreferenceFile, readPreferences } from '../../src-main/formats/datasets/preferences.ts';
import { temporaryFolder } from '../app/conversations-support.ts';

async function readAll(records: readonly unknown[]) {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'a.png'), '');
  const path = join(folder, 'pairs.jsonl');
  writeFileSync(path, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  const items = [];
  for await (const item of readPreferences(path)) items.push(item);
  return { path, folder, items };
}

const says = (role: string, content: unknown) => ({ role, content });
const text = (words: string) => ({ type: 'text', text: words });

it('reads a pair as messages, as texts, and with the prompt in both sides', async () => {
  const prompt = [says('user', [{ type: 'image' }, text('What?')])];
  const [chosen, rejected] = [says('assistant', 'Good.'), says('assistant', 'Bad.')];
  const { folder, path, items } = await readAll([
    { prompt, chosen: [chosen], rejected: [rejected], images: ['a.png'] },
    { prompt: 'What?', chosen: 'Good.', rejected: 'Bad.', image: 'a.png' },
    { chosen: [...prompt, chosen], rejected: [...prompt, rejected], images: ['a.png'] },
  ]);
  expect(await isPreferenceFile(path)).toBe(true);
  for (const item of items) {
    expect(item).toMatchObject({
      value: {
        messages: [
          says('user', [{ type: 'image', path: join(folder, 'a.png') }, text('What?')]),
          says('assistant', [text('Good.')]),
        ],
        rejected: [text('Bad.')],
      },
    });
  }
  expect(items).toHaveLength(3);
});

it('names what is wrong with a record, and goes on', async () => {
  const one = (content: string) => [says('assistant', content)];
  const { items } = await readAll([
    { prompt: 'What?', chosen: 'Good.' },
    { prompt: 'What?', chosen: [...one('a'), ...one('b')], rejected: one('c') },
    { chosen: [says('user', 'A?'), ...one('a')], rejected: [says('user', 'B?'), ...one('b')] },
    { prompt: 'What?', chosen: [says('user', 'a')], rejected: one('b') },
    { prompt: 'What?', chosen: 'a', rejected: 'b', images: ['gone.png'] },
    { prompt: 'What?', chosen: 'a', rejected: 'b' },
  ]);
  expect(
    items.map((item) => ('issue' in item ? [item.issue.line, item.issue.code] : 'read')),
  ).toEqual([
    [1, 'formats/bad-preference'],
    [2, 'formats/bad-preference'],
    [3, 'formats/bad-preference'],
    [4, 'formats/bad-preference'],
    [5, 'formats/media-missing'],
    'read',
  ]);
});
