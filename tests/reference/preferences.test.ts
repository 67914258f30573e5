/** Preference pairs as the window exports them, in the hands of TRL's trainer. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { packageRoot } from '../../src-main/base/package-root.ts';
import { writePreferences } from '../../src-main/formats/datasets/preferences.ts';
import type { PreferencePair } from '../../src-main/formats/datasets/preferences.ts';
import type { Message, Part } from '../../src-main/formats/sample.ts';
import { askPython, missing } from './python.ts';

const root = mkdtempSync(join(tmpdir(), 'lensmith-reference-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const text = (words: string): Part => ({ type: 'text', text: words });
const image: Part = {
  type: 'image',
  path: join(packageRoot(), 'resources', 'sample-project', 'images', 'test-001.jpg'),
};

function pair(id: string, prompt: readonly Message[]): PreferencePair {
  const messages: Message[] = [...prompt, { role: 'assistant', content: [text('Brindo.')] }];
  return { id, messages, rejected: [text('A dog.')], source: { file: 'pairs', line: 1 } };
}

async function* pairs(): AsyncGenerator<PreferencePair> {
  const asked: Message = { role: 'user', content: [image, text('Which part is this?')] };
  yield await Promise.resolve(pair('plain', [asked]));
  yield pair('told', [{ role: 'system', content: [text('You inspect parts.')] }, asked]);
  yield pair('without a picture', [{ role: 'user', content: [text('Name a part.')] }]);
}

test('TRL’s DPO trainer takes a step on them', async (context) => {
  const reason = missing(['trl', 'datasets']);
  context.skip(reason !== null, reason ?? '');
  const file = join(root, 'pairs.jsonl');
  await writePreferences(file, pairs());
  const model = join(packageRoot(), 'resources', 'starter-model');
  const said = askPython('train_on_preferences.py', [model, file, join(root, 'out')]);
  const { pairs: read, loss } = JSON.parse(said) as { pairs: number; loss: number };
  expect(read).toBe(3);
  expect(loss).toBeCloseTo(Math.LN2, 4);
}, 300_000);
