import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { expect, it } from 'vitest';
import type { Sample } from '../../src-main/ipc/contract/conversations.ts';
import type { App, AppOptions } from './support/app.ts';
import { useApp } from './support/app.ts';
import { press } from './support/input.ts';
import { jobsEnded } from './support/jobs.ts';
import { makeClip, makeImage } from './support/media.ts';
import type { Rpc } from './support/rpc.ts';
import { screenshot } from './support/screenshot.ts';

const ui = useApp();

interface Place {
  readonly app: App;
  readonly rpc: Rpc;
  readonly itemIds: readonly number[];
  /** Of the marks on the first picture: a bolt, a nut. */
  readonly shapeIds: readonly number[];
}

async function withProject(
  options: AppOptions = {},
  { clips = false }: { readonly clips?: boolean } = {},
): Promise<Place> {
  const app = await ui.start(options);
  const rpc = await app.rpc();
  const folder = join(app.dataDir, 'media');
  mkdirSync(folder);
  await makeImage(folder, 1, 'png');
  await makeImage(folder, 2, 'turned.jpg');
  if (clips) await makeClip(folder, 3);
  await rpc.call('project.create', { folder: join(app.dataDir, 'project'), name: 'Parts' });
  await rpc.call('library.import', { paths: [folder] });
  await jobsEnded(rpc, 'import');
  const list = await rpc.call<{ ids: string }>('library.list', {
    ...{ filter: '', view: 'library', sort: 'name', isDescending: false },
  });
  const bytes = Buffer.from(list.ids, 'base64');
  const itemIds = Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readInt32LE(4 * i));
  const [first] = itemIds;
  const labels = [];
  for (const [color, name] of ['bolt', 'nut'].entries()) {
    const facts = { name, color: color + 1, attributes: [], skeleton: null };
    labels.push(await rpc.call<number>('annotation.createLabel', facts));
  }
  const shapes = labels.map((labelId, at) => ({
    ...{ labelId, attributes: {}, isLocked: false, isHidden: false, isDraft: false },
    ...{ source: 'person', text: '' },
    geometry: { kind: 'box', x: 100 + 160 * at, y: 60, width: 120, height: 100 },
  }));
  const shapeIds = await rpc.call<number[]>('annotation.create', {
    ...{ itemId: first, shapes, act: 'Draw boxes' },
  });
  return { app, rpc, itemIds, shapeIds };
}

function createSample(rpc: Rpc, itemId: number, turns: readonly object[] = []): Promise<Sample> {
  return rpc.call<Sample>('conversations.create', {
    kind: 'conversation',
    items: [{ itemId, sampling: null }],
    turns: turns.length > 0 ? turns : [said('user', ''), said('assistant', '')],
  });
}

/** A page, a core and its workers may take their time on a busy machine. */
const eventually = <T>(look: () => T | Promise<T>) => expect.poll(look, { timeout: 30_000 });

const said = (role: string, text: string) => ({
  role,
  content: text === '' ? [] : [{ type: 'text', text }],
});

const read = (rpc: Rpc, sampleId: number) => rpc.call<Sample>('conversations.read', { sampleId });

const turnField = (app: App, number: number): Locator =>
  app.page.getByRole('textbox', { name: new RegExp(`, turn ${number}$`) });

async function openSample(app: App, sampleId: number): Promise<void> {
  await app.page.evaluate((id) => (location.hash = `#/samples/${id}`), sampleId);
  await turnField(app, 1).waitFor();
}

it('writes three turns with chips by keyboard, saves them as typed, and takes them back', async () => {
  const { app, rpc, itemIds, shapeIds } = await withProject();
  const { page } = app;
  const sample = await createSample(rpc, itemIds[0] as number);
  await openSample(app, sample.id);
  await turnField(app, 1).click();
  await page.keyboard.type('What is @');
  const menu = page.getByRole('listbox', { name: 'What to refer to' });
  await menu.waitFor();
  expect(await menu.getByRole('option').first().textContent()).toContain('bolt');
  await page.keyboard.type('nu');
  await eventually(() => menu.getByRole('option').count()).toBe(1);
  await press(page, 'Enter');
  await page.keyboard.type('?');
  await eventually(async () => (await read(rpc, sample.id)).turns[0]?.content).toEqual([
    { type: 'text', text: 'What is ' },
    { type: 'region', shapeId: shapeIds[1] },
    { type: 'text', text: '?' },
  ]);
  await turnField(app, 2).click();
  await page.keyboard.type('A nut,');
  await press(page, 'Enter');
  await page.keyboard.type('of steel.');
  await page.getByRole('button', { name: 'Question' }).click();
  await turnField(app, 3).waitFor();
  await eventually(() =>
    turnField(app, 3).evaluate((field) => field === document.activeElement),
  ).toBe(true);
  await page.keyboard.type('Is it tight?');
  await eventually(async () =>
    (await read(rpc, sample.id)).turns.map(({ content }) => content.at(-1)),
  ).toEqual([
    { type: 'text', text: '?' },
    { type: 'text', text: 'A nut,\nof steel.' },
    { type: 'text', text: 'Is it tight?' },
  ]);
  await screenshot(page, 'samples');
  // Backspace takes a chip whole.
  await turnField(app, 1).click();
  await press(page, 'Control+End', 'Backspace', 'Backspace');
  await eventually(async () => (await read(rpc, sample.id)).turns[0]?.content).toEqual([
    { type: 'text', text: 'What is ' },
  ]);
  await press(page, 'Control+z');
  await eventually(() => turnField(app, 1).locator('.token-chip').count()).toBe(1);
  await press(page, 'Control+z');
  await eventually(async () => (await read(rpc, sample.id)).turns.length).toBe(3);
});

it('lights a mark and its chips together, and says when a mark is gone', async () => {
  const { app, rpc, itemIds, shapeIds } = await withProject();
  const { page } = app;
  const [shapeId] = shapeIds;
  const sample = await createSample(rpc, itemIds[0] as number, [
    { role: 'user', content: [{ type: 'region', shapeId }] },
    said('assistant', 'A bolt.'),
  ]);
  await openSample(app, sample.id);
  const chip = page.locator('.token-chip');
  await eventually(() => chip.textContent()).toContain('bolt');
  const mark = page.locator('.picture svg rect').first();
  await chip.hover();
  await eventually(() => mark.getAttribute('class')).toContain('lit');
  await mark.hover();
  await eventually(() => chip.getAttribute('class')).toContain('lit');
  await rpc.call('annotation.remove', { itemId: itemIds[0], ids: [shapeId] });
  await eventually(() => chip.getAttribute('class')).toContain('missing');
  await rpc.call('edits.undo', { scope: `item:${itemIds[0]}` });
  await eventually(() => chip.getAttribute('class')).not.toContain('missing');
});

it("shows the model's own view, and what is learnt of it", async () => {
  const { app, rpc, itemIds } = await withProject();
  const { page } = app;
  const sample = await createSample(rpc, itemIds[0] as number, [
    said('user', 'What is this?'),
    said('assistant', 'Part: Brindo. Verdict: fit.'),
  ]);
  await openSample(app, sample.id);
  await page.getByText(/tokens, \d+ learnt/).waitFor();
  await page.getByRole('button', { name: 'What the model sees' }).last().click();
  const drawer = page.getByRole('region', { name: 'What the model sees' });
  await drawer.getByRole('img').first().waitFor();
  expect(await drawer.locator('.tokens .token.image').count()).toBe(1);
  const learnt = await drawer.locator('.tokens .token.learnt').allTextContents();
  expect(learnt.join('').replaceAll('\u00a0', ' ')).toContain('Part: Brindo. Verdict: fit.');
  await screenshot(page, 'what-the-model-sees');
  await drawer.getByRole('tab', { name: 'Template' }).click();
  await eventually(() => drawer.locator('pre').textContent()).toContain('What is this?');
});

it('streams a draft, keeps it beside the answer as a pair, and lets the person choose', async () => {
  const { app, rpc, itemIds } = await withProject();
  const { page } = app;
  const sample = await createSample(rpc, itemIds[0] as number, [
    said('user', 'What is this?'),
    said('assistant', 'A part.'),
  ]);
  await openSample(app, sample.id);
  await page.getByRole('button', { name: 'Ask the model', exact: true }).click();
  const draft = page.getByRole('region', { name: 'Draft of the model' });
  await draft.getByRole('button', { name: 'Keep as second answer' }).click();
  await eventually(async () => (await read(rpc, sample.id)).turns[1]?.rejected).not.toBeNull();
  const kept = (await read(rpc, sample.id)).turns[1];
  await page.getByRole('button', { name: 'Choose this answer instead' }).click();
  await eventually(async () => (await read(rpc, sample.id)).turns[1]).toMatchObject({
    content: kept?.rejected as object,
    rejected: kept?.content as object,
  });
  await screenshot(page, 'preference-pair');
});

it('keeps hostile and very long texts inert and usable', async () => {
  const { app, rpc, itemIds } = await withProject();
  const { page } = app;
  const hostile =
    '<img src=x onerror="window.wasHit=1"><script>window.wasHit=1</script> \u202Etxet 👩‍👩‍👧‍👦';
  const sample = await createSample(rpc, itemIds[0] as number, [
    said('user', hostile),
    said('assistant', 'x'),
  ]);
  await openSample(app, sample.id);
  await eventually(() => turnField(app, 1).textContent()).toBe(hostile);
  await page.getByText('<img src=x').first().waitFor();
  const long = 'All work and no play. '.repeat(50_000);
  await turnField(app, 2).click();
  await page.evaluate((text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', text);
    clipboardData.setData('text/html', '<b>bold</b>');
    const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true });
    document.activeElement?.dispatchEvent(event);
  }, long);
  await eventually(async () => {
    const [part] = (await read(rpc, sample.id)).turns[1]?.content ?? [];
    return part?.type === 'text' ? part.text.length : 0;
  }).toBe(long.length + 1);
  await page.keyboard.type('!');
  await eventually(async () => {
    const [part] = (await read(rpc, sample.id)).turns[1]?.content ?? [];
    return part?.type === 'text' ? part.text.length : 0;
  }).toBe(long.length + 2);
  expect(await page.evaluate('window.wasHit')).toBeUndefined();
});

it('asks by a template, moves turns by keys, and goes from sample to sample', async () => {
  const { app, rpc, itemIds } = await withProject();
  const { page } = app;
  const older = await createSample(rpc, itemIds[0] as number);
  const newer = await createSample(rpc, itemIds[1] as number);
  await openSample(app, newer.id);
  await turnField(app, 1).click();
  await page.keyboard.type('/read');
  const menu = page.getByRole('listbox', { name: 'Templates' });
  await menu.getByRole('option').first().waitFor();
  await press(page, 'Enter');
  await eventually(() => turnField(app, 1).textContent()).toContain('Read out the text');
  await page.getByRole('button', { name: 'More about this turn' }).first().click();
  await page.getByRole('menuitem', { name: 'Save as a template' }).click();
  await page.getByText('/ offers it').waitFor();
  await turnField(app, 1).click();
  await press(page, 'Alt+ArrowDown');
  await eventually(async () => (await read(rpc, newer.id)).turns.map(({ role }) => role)).toEqual([
    'assistant',
    'user',
  ]);
  await turnField(app, 2).click();
  await press(page, 'Control+Enter');
  await eventually(() => page.url()).toContain(`#/samples/${older.id}`);
  await turnField(app, 1).click();
  await page.keyboard.type('/');
  await eventually(() => menu.getByRole('option').first().textContent()).toContain('Read out');
  await press(page, 'Escape', 'Backspace');
  await press(page, 'Control+Shift+Enter');
  await eventually(() => page.url()).toContain(`#/samples/${newer.id}`);
});

it('loses nothing that was saved when the core is killed', async () => {
  const { app, rpc, itemIds } = await withProject();
  const sample = await createSample(rpc, itemIds[0] as number);
  await openSample(app, sample.id);
  await turnField(app, 1).click();
  await app.page.keyboard.type('What is this?');
  await eventually(async () => (await read(rpc, sample.id)).turns[0]?.content.length).toBe(1);
  await app.killCore();
  await app.startCore();
  const again = await app.rpc();
  await again.call('project.open', { folder: join(app.dataDir, 'project') });
  expect((await read(again, sample.id)).turns[0]?.content).toEqual([
    { type: 'text', text: 'What is this?' },
  ]);
});

it('offers moments of a video', async () => {
  const { app, rpc, itemIds } = await withProject({}, { clips: true });
  const video = itemIds.find((id) => !itemIds.slice(1).includes(id)) as number;
  const sample = await createSample(rpc, video);
  await openSample(app, sample.id);
  await turnField(app, 1).click();
  await app.page.keyboard.type('What happens at @now');
  await app.page.getByRole('option', { name: /Now/ }).waitFor();
  await press(app.page, 'Enter');
  await eventually(async () => (await read(rpc, sample.id)).turns[0]?.content.at(-1)).toMatchObject(
    {
      ...{ type: 'time', itemId: video, fromMs: 0, toMs: null },
    },
  );
});

it('brings in a file, names its bad records, checks all samples, and writes a file', async () => {
  const { app, rpc } = await withProject({ theme: 'dark' });
  const { page } = app;
  await page.evaluate(() => (location.hash = '#/samples'));
  await page.getByRole('heading', { name: 'No samples yet' }).waitFor();
  await screenshot(page, 'samples-empty-dark');
  await page.getByRole('button', { name: 'Import a file…' }).click();
  const turns = (answer: string) => [
    { from: 'human', value: '<image>\nWhat is this?' },
    { from: 'gpt', value: answer },
  ];
  const records = [
    ...Array.from({ length: 12 }, (_, n) => ({
      image: n % 2 === 0 ? 'picture-001.png' : 'picture-002.turned.jpg',
      conversations: turns(`Part ${n}. ${'It is fit. '.repeat(n)}`),
    })),
    { image: 'gone.png', conversations: turns('Nothing.') },
    { image: 'picture-001.png', conversations: turns('word '.repeat(6000)) },
  ];
  const path = join(app.dataDir, 'media', 'train.json');
  writeFileSync(path, JSON.stringify(records));
  await page.getByLabel('File of training data').fill(path);
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  await page.getByText('13 samples imported').waitFor();
  await page.getByText('The image does not exist').waitFor();
  await screenshot(page, 'import-samples-dark');
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByText('13 samples', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Look at all of these as the model will' }).click();
  await page.getByRole('button', { name: 'Look at all samples' }).click();
  await page.getByText('Too long for the model').waitFor();
  await screenshot(page, 'dataset-preflight-dark');
  await page.getByRole('button', { name: /^Sample \d+$/ }).click();
  await eventually(() => page.url()).toMatch(/#\/samples\/\d+$/);
  await page.getByRole('button', { name: 'Close', exact: true }).click();
  await page.getByRole('button', { name: 'Export…' }).click();
  await page.getByText('All 13 samples of this list fit the format.').waitFor();
  const written = join(app.dataDir, 'out.jsonl');
  await page.getByLabel('File', { exact: true }).fill(written);
  await page.getByRole('button', { name: 'Export', exact: true }).click();
  await page.getByText('13 samples written to').waitFor();
  expect(readFileSync(written, 'utf8').trim().split('\n')).toHaveLength(13);
  expect(await rpc.call('conversations.ids', { filter: { items: '' } })).toHaveLength(13);
});

it('reviews many samples at once, and takes that back', async () => {
  const { app, rpc, itemIds } = await withProject();
  const { page } = app;
  const [one, two] = [
    await createSample(rpc, itemIds[0] as number, [said('user', 'What?')]),
    await createSample(rpc, itemIds[1] as number, [said('user', 'Why?')]),
  ];
  // Quicker than any timer of the page: the list used to be read anew a moment after it opened, and to
  // take the choice along.
  await page.clock.install();
  await page.clock.pauseAt(Date.now() + 1000);
  await openSample(app, one.id);
  await page.getByRole('button', { name: 'Choose all' }).click();
  const reviewed = page.getByRole('button', { name: 'Reviewed', exact: true });
  await reviewed.waitFor();
  await page.clock.runFor(1000);
  await page.clock.resume();
  await reviewed.click({ timeout: 5_000 });
  const states = async () =>
    Promise.all([one, two].map(async ({ id }) => (await read(rpc, id)).status));
  await eventually(states).toEqual(['reviewed', 'reviewed']);
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await page.getByRole('button', { name: 'Undo' }).click();
  await eventually(() => page.locator('.line .question').allTextContents()).toEqual([
    'Why?',
    'What?',
  ]);
});

it('writes beside the picture, and goes on to the next one by keyboard', async () => {
  const { app, rpc, itemIds, shapeIds } = await withProject({ theme: 'dark' });
  const { page } = app;
  const [first, second] = itemIds as [number, number];
  // In the order of the library the last that was added stands first.
  const next = first > second ? 'Control+Enter' : 'Control+Shift+Enter';
  await page.evaluate((id) => (location.hash = `#/annotate/${id}`), first);
  await page.getByRole('heading', { name: 'Nothing to learn from here yet' }).waitFor();
  await screenshot(page, 'conversation-empty-dark');
  await page.getByRole('button', { name: 'Ask a question' }).click();
  await eventually(() =>
    turnField(app, 1).evaluate((field) => field === document.activeElement),
  ).toBe(true);
  await page.keyboard.type('Is @');
  await press(page, 'Enter');
  await page.keyboard.type(' tight?');
  await turnField(app, 2).click();
  await page.keyboard.type('Yes: no thread can be seen under its head.');
  const ofItem = (itemId: number) => rpc.call<Sample[]>('conversations.ofItem', { itemId });
  await eventually(async () => (await ofItem(first))[0]?.turns[0]?.content).toEqual([
    { type: 'text', text: 'Is ' },
    { type: 'region', shapeId: shapeIds[0] },
    { type: 'text', text: ' tight?' },
  ]);
  await page.locator('.token-chip').hover();
  await page.getByText(/tokens, \d+ learnt/).waitFor();
  await screenshot(page, 'conversation-dark');
  await turnField(app, 2).click();
  // Typed and left at once: nothing of it is lost.
  await press(page, 'Control+End');
  await page.keyboard.type(' Torque it.');
  await press(page, next);
  await eventually(() => page.url()).toContain(`#/annotate/${second}`);
  await page.getByRole('heading', { name: 'Nothing to learn from here yet' }).waitFor();
  await eventually(async () => (await ofItem(first))[0]?.turns[1]?.content).toEqual([
    { type: 'text', text: 'Yes: no thread can be seen under its head. Torque it.' },
  ]);
});
