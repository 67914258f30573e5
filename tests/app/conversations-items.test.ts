import { expect, it } from 'vitest';
import type { Dialect } from '../../src-main/ipc/contract/content.ts';
import type { SampleItem } from '../../src-main/ipc/contract/conversations.ts';
import { renderSamples } from '../../src-main/app/conversations/read-samples.ts';
import { assistant, TestCore, text, user } from './conversations-support.ts';

const alone = (itemId: number): SampleItem => ({ itemId, sampling: null });
const place = (itemId: number) => ({ type: 'item' as const, itemId });

async function withSample() {
  const core = await TestCore.start();
  const itemId = core.addItem('a.png');
  const other = core.addItem('b.png');
  const sample = await core.call('conversations.create', {
    kind: 'conversation',
    items: [alone(itemId)],
    turns: [user('What?'), assistant('A part.')],
  });
  const read = () => core.call('conversations.read', { sampleId: sample.id });
  const set = (items: SampleItem[]) =>
    core.call('conversations.setItems', { sampleId: sample.id, items });
  return { core, itemId, other, sample, read, set };
}

/** What the model gets: texts, and names of files where they stand. */
function seen(core: TestCore, sampleId: number, dialect: Dialect = 'normalized-box'): string[] {
  const [batch = []] = renderSamples(core.context.projects.current, [sampleId], dialect);
  const [rendered] = batch;
  if (rendered === undefined || !('sample' in rendered)) throw new Error('not rendered');
  return rendered.sample.messages.flatMap(({ content }) =>
    content.map((part) => {
      if (part.type === 'text') return part.text;
      return 'path' in part ? (part.path.split(/[\\/]/).at(-1) ?? '') : 'embedded';
    }),
  );
}

it('changes pictures and how frames are taken, keeping those that stay', async () => {
  const { core, itemId, read, set } = await withSample();
  const video = core.addItem('b.mp4', { kind: 'video', duration_ms: 4000 });
  const items = [{ itemId: video, sampling: { frames: 4 } }, alone(itemId)];
  await set(items);
  expect((await read()).items).toEqual(items);
  expect(await core.call('conversations.ofItem', { itemId: video })).toHaveLength(1);
  // Where the sample is now: with its new first item.
  await core.call('edits.undo', { scope: `item:${video}` });
  expect((await read()).items).toEqual([alone(itemId)]);
});

it('shows the model pictures in the order that was chosen, and placed ones in their places', async () => {
  const { core, itemId, other, sample, set } = await withSample();
  await set([alone(itemId), alone(other)]);
  expect(seen(core, sample.id)).toEqual(['a.png', 'b.png', 'What?', 'A part.']);
  await set([alone(other), alone(itemId)]);
  expect(seen(core, sample.id)).toEqual(['b.png', 'a.png', 'What?', 'A part.']);
  const [question] = sample.turns;
  await core.call('conversations.writeTurn', {
    turnId: question?.id as number,
    content: [text('Is '), place(itemId), text(' like the first?')],
  });
  expect(seen(core, sample.id)).toEqual(['b.png', 'Is ', 'a.png', ' like the first?', 'A part.']);
});

it('writes out what refers to a picture that goes, in both answers, and brings all of it back', async () => {
  const { core, itemId, other, sample, read, set } = await withSample();
  const label = core.addLabel('bolt');
  const [kept, gone] = [
    core.addBox(itemId, label, [0, 0, 10, 10]),
    core.addBox(other, label, [0, 0, 10, 10]),
  ];
  const video = core.addItem('c.mp4', { kind: 'video', duration_ms: 4000 });
  await set([alone(itemId), alone(other), alone(video)]);
  const mark = (shapeId: number) => ({ type: 'region' as const, shapeId });
  const moment = { type: 'time' as const, itemId: video, fromMs: 1500, toMs: null };
  const [question, answer] = sample.turns.map(({ id }) => id) as [number, number];
  await core.call('conversations.writeTurn', {
    turnId: question,
    content: [text('Is '), mark(gone), text(' of '), place(other), text('as '), mark(kept)],
  });
  await core.call('conversations.writeTurn', {
    turnId: answer,
    content: [text('Yes, at '), moment],
    rejected: [text('No: '), mark(gone)],
  });
  const before = await read();
  await set([alone(itemId)]);
  const after = await read();
  expect(after.turns.map(({ content }) => content)).toEqual([
    [text('Is bolt of as '), mark(kept)],
    [text('Yes, at 1.5s')],
  ]);
  expect(after.turns[1]?.rejected).toEqual([text('No: bolt')]);
  expect(seen(core, sample.id)[1]).toBe('Is bolt of as [0.00, 0.00, 0.01, 0.02]');
  await core.call('edits.undo', { scope: `item:${itemId}` });
  expect(await read()).toEqual(before);
});

it('refuses the same picture twice', async () => {
  const { itemId, set, read } = await withSample();
  await expect(set([alone(itemId), alone(itemId)])).rejects.toThrow('stands in a sample once');
  expect((await read()).items).toEqual([alone(itemId)]);
});
