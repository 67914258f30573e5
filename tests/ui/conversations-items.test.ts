import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Sample } from '../../src-main/ipc/contract/conversations.ts';
import type { App } from './support/app.ts';
import { useApp } from './support/app.ts';
import { dropFiles, press } from './support/input.ts';
import { jobsEnded } from './support/jobs.ts';
import { makeClip, makeImage } from './support/media.ts';
import type { Rpc } from './support/rpc.ts';
import { screenshot } from './support/screenshot.ts';

const ui = useApp();

/** A page, a core and its workers may take their time on a busy machine. */
const eventually = <T>(look: () => T | Promise<T>) => expect.poll(look, { timeout: 30_000 });

async function withSample() {
  const app = await ui.start();
  const rpc = await app.rpc();
  const folder = join(app.dataDir, 'media');
  mkdirSync(folder);
  await makeImage(folder, 1, 'png');
  await makeImage(folder, 2, 'png');
  await makeClip(folder, 3);
  await app.createProject('Parts');
  await rpc.call('library.import', { paths: [folder] });
  await jobsEnded(rpc, 'import');
  const list = await rpc.call<{ ids: string }>('library.list', {
    ...{ filter: '', view: 'library', sort: 'name', isDescending: false },
  });
  const bytes = Buffer.from(list.ids, 'base64');
  const ids = Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readInt32LE(4 * i));
  const [video = 0, first = 0, second = 0] = ids;
  const facts = { name: 'bolt', color: 2, attributes: [], skeleton: null };
  const labelId = await rpc.call<number>('annotation.createLabel', facts);
  const [shapeId = 0] = await rpc.call<number[]>('annotation.create', {
    ...{ itemId: second, act: 'Draw box' },
    shapes: [
      {
        ...{ labelId, attributes: {}, isLocked: false, isHidden: false, isDraft: false },
        ...{ source: 'person', text: '' },
        geometry: { kind: 'box', x: 120, y: 60, width: 140, height: 120 },
      },
    ],
  });
  const [segmentId = 0] = await rpc.call<number[]>('video.edit', {
    ...{ itemId: video, act: 'Mark segment' },
    edits: [
      {
        kind: 'add-segment',
        segment: {
          ...{ startFrame: 5, endFrame: 15, startSeconds: 0.2, endSeconds: 0.6 },
          ...{ labelId, attributes: {}, text: 'it turns' },
        },
      },
    ],
  });
  const sample = await rpc.call<Sample>('conversations.create', {
    kind: 'conversation',
    items: [{ itemId: first, sampling: null }],
    turns: [
      { role: 'user', content: [] },
      { role: 'assistant', content: [{ type: 'text', text: 'Both hold.' }] },
    ],
  });
  return { app, rpc, sample, first, second, video, shapeId, segmentId };
}

const read = (rpc: Rpc, sampleId: number) => rpc.call<Sample>('conversations.read', { sampleId });

const itemsOf = async (rpc: Rpc, sampleId: number): Promise<number[]> =>
  (await read(rpc, sampleId)).items.map(({ itemId }) => itemId);

const tileOf = (app: App, name: string) =>
  app.page
    .getByRole('list', { name: 'Pictures and videos of this sample' })
    .getByRole('button', { name: new RegExp(`^${name}, `) });

it('adds pictures by picker and by drop, orders them, refers to them, and takes them out', async () => {
  const { app, rpc, sample, first, second, video, shapeId, segmentId } = await withSample();
  const { page } = app;
  await page.evaluate((id) => (location.hash = `#/samples/${id}`), sample.id);
  const question = page.getByRole('textbox', { name: /, turn 1$/ });
  await question.waitFor();

  // From the library.
  await page.getByRole('button', { name: 'Add a picture or video' }).click();
  const picker = page.getByRole('dialog', { name: 'Add from the library' });
  await picker.getByRole('button', { name: 'picture-002.png' }).click();
  await picker.getByRole('button', { name: 'clip-003.mp4' }).click();
  await picker.getByRole('button', { name: 'Add 2 items' }).click();
  await eventually(() => itemsOf(rpc, sample.id)).toEqual([first, second, video]);

  // From outside.
  const outside = join(app.dataDir, 'outside');
  mkdirSync(outside);
  const dropped = await makeImage(outside, 4, 'png');
  await dropFiles(page, [dropped.path]);
  await eventually(async () => (await itemsOf(rpc, sample.id)).length).toBe(4);
  await tileOf(app, dropped.name).waitFor();
  const [, , , fourth = 0] = await itemsOf(rpc, sample.id);

  // By keys, then by hand.
  await tileOf(app, dropped.name).focus();
  await press(page, 'Alt+ArrowLeft');
  await eventually(() => itemsOf(rpc, sample.id)).toEqual([first, second, fourth, video]);
  await tileOf(app, 'picture-002.png').dragTo(tileOf(app, 'picture-001.png'), {
    targetPosition: { x: 4, y: 20 },
  });
  await eventually(() => itemsOf(rpc, sample.id)).toEqual([second, first, fourth, video]);

  // Marks of any of them, and segments of the video, each with where it is.
  await question.click();
  await page.keyboard.type('Is @bolt');
  const menu = page.getByRole('listbox', { name: 'What to refer to' });
  await menu.getByRole('option').first().waitFor();
  expect(await menu.getByRole('option').first().textContent()).toContain('picture-002.png');
  expect(await menu.getByRole('option').nth(1).textContent()).toContain('it turns');
  await screenshot(page, 'references');
  await press(page, 'Enter');
  await page.keyboard.type(' in @turns');
  await menu.getByRole('option').first().waitFor();
  await press(page, 'Enter');
  await eventually(async () => (await read(rpc, sample.id)).turns[0]?.content).toEqual([
    { type: 'text', text: 'Is ' },
    { type: 'region', shapeId },
    { type: 'text', text: ' in ' },
    { type: 'segment', segmentId },
  ]);
  await eventually(() => question.locator('.token-chip').first().textContent()).toBe(
    'boltpicture-002.png',
  );
  expect(await question.locator('.token-mark.picture').count()).toBe(1);
  await screenshot(page, 'sample-pictures');

  // What is meant by a chip is said before it goes, and undo brings both back.
  const before = await read(rpc, sample.id);
  await tileOf(app, 'picture-002.png').focus();
  await press(page, 'Delete');
  const asked = page.getByRole('dialog', { name: 'Take picture-002.png out of this sample?' });
  await asked.getByText('bolt').waitFor();
  await screenshot(page, 'take-picture-out');
  await asked.getByRole('button', { name: 'Take it out' }).click();
  await eventually(() => itemsOf(rpc, sample.id)).toEqual([first, fourth, video]);
  await eventually(() => question.textContent()).toContain('Is bolt in ');
  await page.getByText('picture-002.png taken out of the sample').waitFor();
  await page.getByRole('button', { name: 'Undo' }).last().click();
  await eventually(() => read(rpc, sample.id)).toEqual(before);

  // The whole dataset as the model reads it, from where it is defined.
  const settings = {
    ...{ statuses: ['draft', 'reviewed'], dialect: 'normalized-box', split: { by: 'items' } },
  };
  await rpc.call('datasets.create', { name: 'All', filter: '', settings });
  await page.evaluate(() => (location.hash = '#/datasets'));
  await page.getByRole('button', { name: 'What the model sees' }).click();
  const drawer = page.getByRole('region', { name: 'This dataset, as the model will read it' });
  await drawer.getByRole('button', { name: 'Look at all samples' }).click();
  expect((await jobsEnded(rpc, 'preflight'))[0]?.state).toBe('done');
  await drawer.getByRole('button', { name: 'Look again' }).waitFor();
  await screenshot(page, 'dataset-view');
}, 180_000);
