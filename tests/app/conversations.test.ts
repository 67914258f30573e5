import { expect, it } from 'vitest';
import { assistant, TestCore, text, user } from './conversations-support.ts';

const everything = { items: '' };

async function withSample() {
  const core = await TestCore.start();
  const itemId = core.addItem('a.png');
  const sample = await core.call('conversations.create', {
    kind: 'conversation',
    items: [{ itemId, sampling: null }],
    turns: [user('What?'), assistant('A part.')],
  });
  const read = () => core.call('conversations.read', { sampleId: sample.id });
  return { core, itemId, sample, read };
}

it('keeps a sample with its picture, and takes it back in one step', async () => {
  const { core, itemId, sample, read } = await withSample();
  expect(await read()).toEqual(sample);
  expect(sample).toMatchObject({
    kind: 'conversation',
    status: 'draft',
    source: 'person',
    items: [{ itemId, sampling: null }],
    turns: [{ role: 'user' }, { role: 'assistant', content: [text('A part.')] }],
  });
  const scope = `item:${itemId}`;
  expect(await core.call('edits.state', { scope })).toEqual({
    undo: 'New conversation',
    redo: null,
  });
  await core.call('edits.undo', { scope });
  expect(await core.call('conversations.ofItem', { itemId })).toEqual([]);
  await core.call('edits.redo', { scope });
  expect(await core.call('conversations.ofItem', { itemId })).toEqual([sample]);
});

it('takes typing back by bursts, each back to how it was before', async () => {
  const { core, itemId, sample, read } = await withSample();
  const turnId = sample.turns[1]?.id as number;
  const type = (words: string, burst: string) =>
    core.call('conversations.writeTurn', { turnId, content: [text(words)], burst });
  await type('A', 'one');
  await type('A bolt', 'one');
  await type('A bolt, rusty', 'two');
  const words = async () => (await read()).turns[1]?.content;
  const scope = `item:${itemId}`;
  await core.call('edits.undo', { scope });
  expect(await words()).toEqual([text('A bolt')]);
  await core.call('edits.undo', { scope });
  expect(await words()).toEqual([text('A part.')]);
  await core.call('edits.redo', { scope });
  expect(await words()).toEqual([text('A bolt')]);
});

it('tells what was done to a sample, turns that are gone included', async () => {
  const { core, sample } = await withSample();
  const turnId = sample.turns[1]?.id as number;
  for (const words of ['A', 'A b', 'A bolt']) {
    await core.call('conversations.writeTurn', { turnId, content: [text(words)], burst: 'one' });
  }
  await core.call('conversations.update', { sampleIds: [sample.id], status: 'reviewed' });
  await core.call('conversations.removeTurn', { turnId });
  const history = await core.call('conversations.history', { sampleId: sample.id });
  expect(history.map(({ label, state }) => [label, state])).toEqual([
    ['Delete turn', 'done'],
    ['Mark as reviewed', 'done'],
    ['Typing', 'done'],
    ['New conversation', 'done'],
  ]);
});

it('adds, moves, copies and deletes turns where they are asked to', async () => {
  const { core, sample, read } = await withSample();
  const words = async () =>
    (await read()).turns.map(({ content }) => (content[0] as { text: string }).text);
  const add = (index: number | null, said: string) =>
    core.call('conversations.addTurn', { sampleId: sample.id, index, turn: user(said) });
  const { turnId: first } = await add(0, 'first');
  await add(null, 'last');
  expect(await words()).toEqual(['first', 'What?', 'A part.', 'last']);
  await core.call('conversations.moveTurn', { turnId: first, index: 2 });
  expect(await words()).toEqual(['What?', 'A part.', 'first', 'last']);
  await core.call('conversations.duplicateTurn', { turnId: first });
  expect(await words()).toEqual(['What?', 'A part.', 'first', 'first', 'last']);
  await core.call('conversations.removeTurn', { turnId: first });
  expect(await words()).toEqual(['What?', 'A part.', 'first', 'last']);
});

it('finds room between turns however often one is put in the same place', async () => {
  const { core, sample, read } = await withSample();
  for (let n = 0; n < 60; n++) {
    await core.call('conversations.addTurn', {
      sampleId: sample.id,
      index: 1,
      turn: user(String(n)),
    });
  }
  const said = (await read()).turns.map(({ content }) => (content[0] as { text: string }).text);
  expect(said.slice(0, 3)).toEqual(['What?', '59', '58']);
  expect(said.slice(-2)).toEqual(['0', 'A part.']);
});

it('keeps both answers of a pair', async () => {
  const { core, sample, read } = await withSample();
  const turnId = sample.turns[1]?.id as number;
  await core.call('conversations.writeTurn', { turnId, rejected: [text('A cat.')] });
  expect((await read()).turns[1]).toMatchObject({
    content: [text('A part.')],
    rejected: [text('A cat.')],
  });
  const { samples } = await core.call('conversations.list', {
    filter: everything,
    offset: 0,
    limit: 10,
  });
  expect(samples[0]).toMatchObject({ hasPair: true, question: 'What?', answer: 'A part.' });
});

it('copies a sample right behind it, and moves it', async () => {
  const { core, itemId, sample } = await withSample();
  const other = await core.call('conversations.create', {
    kind: 'free',
    items: [{ itemId, sampling: null }],
    turns: [],
  });
  const copy = await core.call('conversations.duplicate', { sampleId: sample.id });
  const order = async () =>
    (await core.call('conversations.ofItem', { itemId })).map(({ id }) => id);
  expect(await order()).toEqual([sample.id, copy.id, other.id]);
  expect(copy.turns.map(({ content }) => content)).toEqual(
    sample.turns.map(({ content }) => content),
  );
  await core.call('conversations.move', { sampleId: other.id, beforeId: sample.id });
  expect(await order()).toEqual([other.id, sample.id, copy.id]);
  await core.call('conversations.move', { sampleId: other.id, beforeId: null });
  expect(await order()).toEqual([sample.id, copy.id, other.id]);
});

it('rates, reviews and throws away many at once, and brings them back', async () => {
  const { core, itemId, sample, read } = await withSample();
  const second = core.addItem('b.png');
  const { id } = await core.call('conversations.create', {
    kind: 'description',
    items: [{ itemId: second, sampling: null }],
    turns: [assistant('A long story.')],
  });
  const sampleIds = [sample.id, id];
  await core.call('conversations.update', { sampleIds, status: 'reviewed', rating: 4 });
  expect(await read()).toMatchObject({ status: 'reviewed', rating: 4 });
  await core.call('conversations.trash', { sampleIds });
  const found = (inTrash: boolean) =>
    core.call('conversations.ids', { filter: { items: '', inTrash } });
  expect(await found(false)).toEqual([]);
  expect(await found(true)).toHaveLength(2);
  expect(await core.call('conversations.ofItem', { itemId })).toEqual([]);
  // Samples of several pictures are undone with acts on the library.
  await core.call('edits.undo', { scope: 'library' });
  expect(await found(false)).toEqual([id, sample.id]);
  const history = await core.call('edits.history', { table: 'samples', id });
  expect(history.map(({ label }) => label)).toEqual([
    'Delete samples',
    'Mark as reviewed',
    'New description',
  ]);
});

it('finds samples by words, kind, state, rating, and by their pictures', async () => {
  const { core, sample } = await withSample();
  const other = core.addItem('b.png', { split: 'test' });
  const { id } = await core.call('conversations.create', {
    kind: 'reasoning',
    items: [{ itemId: other, sampling: null }],
    turns: [user('Why is 100% of it "red"?'), assistant('Rust.')],
  });
  await core.call('conversations.update', { sampleIds: [id], status: 'reviewed', rating: 3 });
  const find = (more: object) =>
    core.call('conversations.ids', { filter: { ...everything, ...more } });
  expect(await find({})).toEqual([id, sample.id]);
  expect(await find({ text: '100% "RED"' })).toEqual([id]);
  // Names of the parts' own fields are no words.
  expect(await find({ text: 'type' })).toEqual([]);
  expect(await find({ kinds: ['conversation'] })).toEqual([sample.id]);
  expect(await find({ statuses: ['reviewed'], minRating: 3 })).toEqual([id]);
  expect(await find({ minRating: 4 })).toEqual([]);
  expect(await find({ items: 'split:test' })).toEqual([id]);
  await expect(find({ items: 'nonsense:1' })).rejects.toMatchObject({ code: 'library/bad-filter' });
});

it('offers marks by names that tell them apart, and pictures', async () => {
  const { core, itemId } = await withSample();
  const label = core.addLabel('bolt', 3);
  const first = core.addBox(itemId, label, [10, 20, 30, 40]);
  const second = core.addBox(itemId, label, [50, 60, 10, 10]);
  const bare = core.addBox(itemId, null, [0, 0, 5, 5]);
  const { shapes, items } = await core.call('conversations.references', { itemIds: [itemId] });
  expect(shapes.map(({ shapeId, name, color }) => [shapeId, name, color])).toEqual([
    [first, 'bolt 1', 3],
    [second, 'bolt 2', 3],
    [bare, 'box', null],
  ]);
  expect(shapes[0]?.bounds).toEqual([10, 20, 40, 60]);
  expect(items).toMatchObject([{ itemId, name: 'a.png', width: 1000 }]);
});

it('keeps templates of the person beside those that come with the program', async () => {
  const { core } = await withSample();
  const own = { id: null, kind: 'free' as const, title: 'Mine', text: 'Name it.' };
  const saved = await core.call('conversations.saveTemplate', own);
  const list = () => core.call('conversations.templates', {});
  expect((await list())[0]).toEqual({ ...own, id: saved.id, isOwn: true });
  expect(new Set((await list()).map(({ kind }) => kind)).size).toBe(4);
  await core.call('conversations.saveTemplate', { ...saved, title: 'Ours' });
  expect((await list())[0]).toMatchObject({ id: saved.id, title: 'Ours' });
  await expect(
    core.call('conversations.saveTemplate', { ...own, id: 'free.caption' }),
  ).rejects.toMatchObject({ code: 'conversations/template-missing' });
  await core.call('conversations.deleteTemplate', { id: saved.id });
  expect((await list()).every(({ isOwn }) => !isOwn)).toBe(true);
});

it.each([
  ['conversations/sample-missing', 'conversations.read', { sampleId: 99 }],
  ['conversations/turn-missing', 'conversations.removeTurn', { turnId: 99 }],
] as const)('says %s', async (code, command, input) => {
  const core = await TestCore.start();
  await expect(core.call(command, input as never)).rejects.toMatchObject({ code });
});

it('keeps hostile texts as they are', async () => {
  const { core, sample, read } = await withSample();
  const hostile = "<script>alert(1)</script> \u202Egnirts \u0000 👩‍👩‍👧 </text>'; DROP TABLE turns; --";
  const turnId = sample.turns[0]?.id as number;
  const long = 'x'.repeat(1_000_000);
  await core.call('conversations.writeTurn', { turnId, content: [text(hostile), text(long)] });
  expect((await read()).turns[0]?.content).toEqual([text(hostile), text(long)]);
});
