import { expect, test } from 'vitest';
import { shapesOfItem } from '../../src-main/store/shapes.ts';
import { TestCore } from './conversations-support.ts';

/** A core whose models answer with one box, each time further to the right. */
async function startWithAnswers(): Promise<TestCore> {
  const core = await TestCore.start();
  let x = 0;
  core.context.workers.media.run = (() => {
    x += 10;
    const geometry = { kind: 'box', x, y: 0, width: 5, height: 5 };
    return Promise.resolve(x > 30 ? [] : [{ geometry, text: '', score: 1, labelName: null }]);
  }) as unknown as typeof core.context.workers.media.run;
  return core;
}

test('each answer takes the place of the one before, as one step of undo', async () => {
  const core = await startWithAnswers();
  const itemId = core.addItem('a.png');
  const person = core.addBox(itemId, null, [0, 0, 9, 9]);
  const [assistant] = await core.call('assist.list', {});
  const ask = (replaces: number[]): Promise<number[]> =>
    core.call('assist.suggest', {
      ...{ itemId, assistantId: assistant?.id ?? '', prompts: [], labelId: null, replaces },
    });
  const drafts = (): number[] =>
    shapesOfItem(core.store, itemId).flatMap(({ id }) => (id === person ? [] : [id]));

  const first = await ask([]);
  // What a person has drawn is never replaced.
  const second = await ask([...first, person]);
  const third = await ask(second);
  expect(drafts()).toEqual(third);
  expect(await ask(third)).toEqual([]);
  expect(drafts()).toEqual([]);

  for (const left of [third, second, first, []]) {
    await core.call('edits.undo', { scope: `item:${itemId}` });
    expect(drafts()).toEqual(left);
  }
  expect(shapesOfItem(core.store, itemId)).toHaveLength(1);
});
