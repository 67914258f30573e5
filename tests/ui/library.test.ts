import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { ItemCard } from '../../src-main/ipc/contract/library.ts';
import { useApp } from './support/app.ts';
import type { App } from './support/app.ts';
import { dragFiles, dropFiles, pasteFiles, press } from './support/input.ts';
import { makeImage, makeMixedMedia } from './support/media.ts';
import { HeldAnswers } from './support/page-answers.ts';
import type { Rpc } from './support/rpc.ts';
import { screenshot } from './support/screenshot.ts';

const ui = useApp();

interface CocoDocument {
  readonly images: object[];
  readonly annotations: object[];
}

async function openProject(options: { theme?: 'light' | 'dark' } = {}): Promise<{
  app: App;
  page: Page;
  rpc: Rpc;
  folder: string;
}> {
  const app = await ui.start(options);
  const rpc = await app.rpc();
  await rpc.call('project.create', { folder: join(app.dataDir, 'project'), name: 'Solder joints' });
  await app.page.goto(`${app.core.origin}/#/library`);
  return { app, page: app.page, rpc, folder: join(app.dataDir, 'media') };
}

/** Imports by path beside the page, and waits for the end. */
async function add(rpc: Rpc, paths: readonly string[]): Promise<void> {
  const ended = rpc.nextEvent(({ event, payload }) => {
    return event === 'jobs.changed' && (payload as { state: string }).state === 'done';
  });
  await rpc.call('library.import', { paths });
  await ended;
}

const grid = (page: Page) => page.getByRole('listbox', { name: 'Items' });
const tiles = (page: Page) => grid(page).getByRole('option');

async function cardsOf(rpc: Rpc): Promise<ItemCard[]> {
  const query = { filter: '', view: 'library', sort: 'name', isDescending: false };
  const { ids } = await rpc.call<{ ids: string }>('library.list', query);
  const bytes = Buffer.from(ids, 'base64');
  const itemIds = Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readInt32LE(at * 4));
  return rpc.call('library.cards', { itemIds });
}

/** In a short window: the grid scrolls under the rectangle, over rows not yet drawn. */
async function drawRectangles(page: Page): Promise<void> {
  const chosen = (count: number) => expect.poll(() => chosenCount(page)).toBe(count);
  await page.setViewportSize({ width: 1440, height: 420 });
  await grid(page).evaluate((element) => element.scrollTo(0, 0));
  const box = await tiles(page).first().boundingBox();
  const ground = await grid(page).boundingBox();
  if (box === null || ground === null) throw new Error('the grid is not in sight');
  const { mouse } = page;
  await mouse.move(ground.x + 10, ground.y + 5);
  await mouse.down();
  await mouse.move(box.x + 20, box.y + 20, { steps: 3 });
  await page.locator('.marquee').waitFor();
  await chosen(1);
  // Below the lower edge it scrolls to the end, and takes all rows on its way.
  await mouse.move(ground.x + ground.width - 40, 419, { steps: 3 });
  await chosen(24);
  await mouse.up();
  await chosen(24);
  expect(await page.locator('.marquee').count()).toBe(0);
  // With Shift on a picture: adds to what is chosen.
  await grid(page).evaluate((element) => element.scrollTo(0, 0));
  const tile = (number: number) => grid(page).getByRole('option', { name: `picture-0${number}` });
  await tile(24).click();
  await chosen(1);
  await page.keyboard.down('Shift');
  const [from, to] = [await tile(23).boundingBox(), await tile(22).boundingBox()];
  if (from === null || to === null) throw new Error('the tiles are not in sight');
  await mouse.move(from.x + 10, from.y + 10);
  await mouse.down();
  await mouse.move(to.x + 10, to.y + 20, { steps: 3 });
  await mouse.up();
  await page.keyboard.up('Shift');
  await chosen(3);
  await page.setViewportSize({ width: 1440, height: 900 });
}

/** As the bar says it. */
async function chosenCount(page: Page): Promise<number> {
  const words = await page
    .getByRole('toolbar', { name: 'Selection' })
    .locator('strong')
    .innerText();
  return Number(words.split(' ')[0]);
}

describe('the library', () => {
  test('teaches what to do while it is empty', async () => {
    const { page } = await openProject({ theme: 'dark' });
    await page.getByRole('heading', { name: 'Drop images and videos here' }).waitFor();
    await screenshot(page, 'library-empty-dark');
    await page.getByRole('button', { name: 'Import…' }).click();
    await page.getByRole('dialog', { name: 'Import images and videos' }).waitFor();
    await page.getByRole('list', { name: 'Folders and files' }).waitFor();
    await screenshot(page, 'library-import-dark');
  });

  test('shows the sample project, and on a picture under the pointer what is said of it', async () => {
    const app = await ui.start({ theme: 'dark' });
    const rpc = await app.rpc();
    const filled = rpc.nextEvent(({ event, payload }) => {
      const { kind, state } = payload as { kind?: string; state?: string };
      return event === 'jobs.changed' && kind === 'import-samples' && state === 'done';
    });
    await rpc.call('project.openSample');
    await filled;
    await app.page.goto(`${app.core.origin}/#/library`);
    await app.page.getByText('302 items', { exact: true }).waitFor();
    await tiles(app.page).nth(3).click();
    await tiles(app.page).nth(8).hover();
    await tiles(app.page)
      .nth(8)
      .getByText(/^Part: \w+\. Verdict: \w+\.$/)
      .waitFor();
    await app.page.waitForLoadState('networkidle');
    await screenshot(app.page, 'library-sample-dark');
  });

  test('takes fifty dropped files in and reports those that are broken', async () => {
    const { page, folder } = await openProject();
    const made = await makeMixedMedia(folder, 50);
    writeFileSync(join(folder, 'shopping.txt'), 'bread');
    const paths = [...made.map(({ path }) => path), join(folder, 'shopping.txt')];
    await dragFiles(page, paths);
    await page.getByText(/Add .* to the library/).waitFor();
    await dropFiles(page, paths);
    const whole = made.filter(({ kind }) => kind !== 'broken').length;
    await page.getByRole('button', { name: 'Report' }).waitFor({ timeout: 120_000 });
    await page.getByText(`${whole} items`, { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Report' }).click();
    for (const { name, kind } of made) {
      if (kind === 'broken') await page.getByText(name, { exact: true }).first().waitFor();
    }
    await page.getByText('shopping.txt').first().waitFor();
    await page.waitForLoadState('networkidle');
    await screenshot(page, 'library-report');
    await page.getByRole('button', { name: 'Close' }).first().click();
    await press(page, 'Control+z');
    await page.getByRole('heading', { name: 'Drop images and videos here' }).waitFor();
  });

  test('says at once, and at the picture, that a scan of 16 bits is white to a model', async () => {
    const { page, folder } = await openProject();
    const sharp = (await import('sharp')).default;
    mkdirSync(folder, { recursive: true });
    const path = join(folder, 'scan.png');
    const values = Uint16Array.from({ length: 320 * 240 }, (_, at) => (at % 320) * 200);
    await sharp(values, { raw: { width: 320, height: 240, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toFile(path);
    await dropFiles(page, [path]);
    await page.getByText('1 picture holds values that a model sees as white.').waitFor();
    await page.getByRole('button', { name: 'Report', exact: true }).click();
    await page.getByText('White to a model').waitFor();
    await screenshot(page, 'library-white-to-a-model');
    await page.getByRole('button', { name: 'scan.png' }).click();
    await page.getByRole('note').getByText('16-bit grey with values above 255').waitFor();
  });

  test('takes in the folder whose path somebody wrote, whenever lists of folders come', async () => {
    const { page, rpc, folder } = await openProject();
    const { name } = await makeImage(folder, 1);
    const answers = await HeldAnswers.of(page, 'library.browse');
    answers.hold();
    await page.getByRole('button', { name: 'Import…' }).first().click();
    const dialog = page.getByRole('dialog', { name: 'Import' });
    const path = dialog.getByRole('textbox', { name: 'Path' });
    await path.fill(folder);
    answers.release();
    await dialog.getByRole('list', { name: 'Places' }).getByRole('button').first().waitFor();
    expect(await path.inputValue()).toBe(folder);
    await dialog.getByRole('button', { name: 'Import this folder' }).click();
    await tiles(page).first().waitFor();
    expect((await cardsOf(rpc)).map((card) => card.name)).toEqual([name]);
  });

  test('takes a picture from the clipboard', async () => {
    const { page, folder } = await openProject();
    const { path } = await makeImage(folder, 3, 'png');
    await page.getByRole('heading', { name: 'Drop images and videos here' }).waitFor();
    await pasteFiles(page, [path]);
    await tiles(page).first().waitFor();
    expect(await tiles(page).count()).toBe(1);
  });

  test('chooses, rates, tags, splits and deletes by keys and bar, with a way back', async () => {
    const { page, rpc, folder } = await openProject();
    for (let number = 1; number <= 24; number += 1) await makeImage(folder, number);
    await add(rpc, [folder]);
    await tiles(page).nth(23).waitFor();
    await grid(page).focus();
    await press(page, 'Home', 'ArrowRight', 'Shift+ArrowRight');
    await page.getByText('2 items', { exact: true }).first().waitFor();
    await press(page, '4');
    await expect
      .poll(async () => (await cardsOf(rpc)).filter((c) => c.rating === 4).length)
      .toBe(2);
    await press(page, 't');
    await page.getByRole('combobox', { name: 'Add a tag' }).fill('left lung');
    await press(page, 'Enter', 'Escape');
    await expect
      .poll(async () => (await cardsOf(rpc)).filter((c) => c.tags.length > 0).length)
      .toBe(2);
    await page
      .getByRole('toolbar', { name: 'Selection' })
      .getByRole('button', { name: 'Split' })
      .click();
    await page.getByRole('menuitem', { name: 'Validation' }).click();
    await expect.poll(async () => (await cardsOf(rpc)).filter((c) => c.split).length).toBe(2);
    await page.waitForLoadState('networkidle');
    await screenshot(page, 'library-selection');
    await drawRectangles(page);

    await grid(page).focus();
    await press(page, 'Control+a');
    await page.getByText('24 items', { exact: true }).first().waitFor();
    await press(page, 'Delete');
    await page.getByRole('heading', { name: 'Drop images and videos here' }).waitFor();
    await page.getByRole('button', { name: 'Undo' }).last().click();
    await tiles(page).nth(23).waitFor();
    expect(await cardsOf(rpc)).toHaveLength(24);
  });

  test('filters by chips, completions and the column; says what is wrong and where', async () => {
    const { page, rpc, folder } = await openProject({ theme: 'dark' });
    await makeMixedMedia(folder, 20);
    await add(rpc, [folder]);
    await tiles(page).first().waitFor();
    const all = await tiles(page).count();
    const field = page.getByRole('combobox', { name: 'Filter' });
    await field.click();
    await page.keyboard.type('typ');
    await press(page, 'Tab');
    await page.keyboard.type('vid');
    await press(page, 'Tab');
    await expect.poll(() => tiles(page).count()).toBe(2);
    await page.getByRole('button', { name: 'Remove type:video' }).waitFor();
    await page.waitForLoadState('networkidle');
    await screenshot(page, 'library-filter-dark');
    await page.keyboard.type('rating>=x');
    await press(page, 'Tab');
    await page.getByText('rating: x is not a number.').waitFor();
    await field.click();
    await press(page, 'Escape');
    await page.keyboard.type('nowhere');
    await page.getByRole('heading', { name: 'Nothing matches' }).waitFor();
    await page.getByText('Clear the filter', { exact: true }).click();
    expect(await field.inputValue()).toBe('');
    await expect.poll(() => tiles(page).count()).toBe(all);
    await page.getByRole('navigation', { name: 'Filters' }).getByText('Images').click();
    await expect.poll(() => tiles(page).count()).toBe(all - 2);
    await page.getByRole('navigation', { name: 'Filters' }).getByText('Videos').click();
    await expect.poll(() => tiles(page).count()).toBe(all);
    await field.click();
    await page.keyboard.type('picture-00');
    await press(page, 'Enter');
    await expect.poll(() => tiles(page).count()).toBe(9);
  });

  test('shows facts and history of an item, and its turned picture upright', async () => {
    const { page, rpc, folder } = await openProject();
    await makeImage(folder, 1, 'turned.jpg');
    await makeImage(folder, 2);
    await add(rpc, [folder]);
    await tiles(page).nth(1).waitFor();
    await grid(page)
      .getByRole('option', { name: /turned/ })
      .click();
    const inspector = page.getByRole('complementary');
    await inspector.getByText('480 × 320').waitFor();
    await inspector.getByText('turned upright').waitFor();
    await inspector.getByText('Import 2 files').waitFor();
    await inspector.getByRole('textbox', { name: 'Notes' }).fill('<img src=x onerror=alert(1)>');
    await press(page, 'Tab');
    await page.waitForLoadState('networkidle');
    await screenshot(page, 'library');
    // The red mark of the scene is at the upper left of what is shown.
    const image = grid(page)
      .getByRole('option', { name: /turned/ })
      .locator('img');
    const red = await image.evaluate(async (element: HTMLImageElement) => {
      await element.decode();
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [element.naturalWidth, element.naturalHeight];
      const context = canvas.getContext('2d');
      context?.drawImage(element, 0, 0);
      return [...(context?.getImageData(6, 6, 1, 1).data ?? [])];
    });
    expect(red[0]).toBeGreaterThan(150);
    expect(red[1]).toBeLessThan(90);
  });

  test('offers near-duplicates and trashes the others', async () => {
    const { page, rpc, folder } = await openProject();
    const sharp = (await import('sharp')).default;
    const { path } = await makeImage(folder, 1, 'png');
    await makeImage(folder, 2, 'png');
    await sharp(path).resize(300).jpeg().toFile(join(folder, 'smaller.jpg'));
    await add(rpc, [folder]);
    await tiles(page).nth(2).waitFor();
    await page.getByRole('button', { name: 'More of the library' }).click();
    await page.getByRole('menuitem', { name: 'Look for near-duplicates' }).click();
    await page.getByText('1 group').waitFor();
    await page.waitForLoadState('networkidle');
    await screenshot(page, 'library-near-duplicates');
    await page.getByRole('button', { name: 'Trash the other' }).click();
    await expect.poll(() => tiles(page).count()).toBe(2);
    expect((await cardsOf(rpc)).map(({ name }) => name)).not.toContain('smaller.jpg');
  });

  test('writes marks of pictures to a file, and reads them from one', async () => {
    const { page, rpc, folder } = await openProject();
    for (const number of [1, 2]) await makeImage(folder, number, 'png');
    await add(rpc, [folder]);
    const cards = await cardsOf(rpc);
    const [first, second] = cards as [ItemCard, ItemCard];
    const labelId = await rpc.call('annotation.createLabel', {
      ...{ name: 'Void', color: 2, attributes: [], skeleton: null },
    });
    const box = { kind: 'box', x: 10, y: 20, width: 30, height: 40 };
    const turned = {
      ...{ kind: 'rotated-box', centerX: 90, centerY: 60, width: 40, height: 20, angleDegrees: 15 },
    };
    const mark = (geometry: object, label: unknown) => ({
      ...{ labelId: label, geometry, attributes: {}, isLocked: false, isHidden: false },
      ...{ isDraft: false, source: 'person', text: '' },
    });
    const shapes = [mark(box, labelId), mark(turned, labelId), mark(box, null)];
    await rpc.call('annotation.create', { itemId: first.id, shapes, act: 'Draw box' });

    await tiles(page).nth(1).waitFor();
    await page.getByRole('button', { name: 'More of the library' }).click();
    await page.getByRole('menuitem', { name: 'Export marks…' }).click();
    const exporting = page.getByRole('dialog', { name: 'Export marks of pictures' });
    await exporting.getByText('2 marks of 2 pictures will be written.').waitFor();
    await exporting.getByText('1 mark has no label').waitFor();
    await exporting.getByText('1 turned box becomes an outline').waitFor();
    const path = join(folder, '..', 'marks.json');
    await exporting.getByRole('textbox', { name: 'File' }).fill(path);
    await screenshot(page, 'library-export-marks');
    await press(page, 'Enter');
    await exporting.getByText('2 marks of 2 pictures written to').waitFor();
    await exporting.getByRole('button', { name: 'Done' }).click();

    // As somebody else sends it back: on the second picture, and on one that is not here.
    const file = JSON.parse(readFileSync(path, 'utf8')) as CocoDocument;
    const [boxed] = file.annotations;
    file.annotations.push(
      { ...boxed, id: 3, image_id: second.id },
      { ...boxed, id: 4, image_id: 99 },
    );
    file.images.push({ id: 99, file_name: 'elsewhere.png', width: 480, height: 320 });
    writeFileSync(path, JSON.stringify(file));
    await press(page, 'Control+K');
    await page.keyboard.type('import marks');
    await press(page, 'Enter');
    const importing = page.getByRole('dialog', { name: 'Import marks of pictures' });
    await importing.getByRole('textbox', { name: 'File' }).fill(path);
    await press(page, 'Enter');
    await importing.getByText('1 mark added to 1 picture.').waitFor();
    await importing.getByText('2 marks were there already.').waitFor();
    await importing
      .getByText('elsewhere.png is not in the library; its marks (1) have no picture.')
      .waitFor();
    await screenshot(page, 'library-import-marks');
    await importing.getByRole('button', { name: 'Done' }).click();
    const there = await rpc.call<{ geometry: object }[]>('annotation.shapes', {
      itemId: second.id,
    });
    expect(there.map(({ geometry }) => geometry)).toEqual([box]);
    await press(page, 'Control+Z');
    await expect
      .poll(() => rpc.call<unknown[]>('annotation.shapes', { itemId: second.id }))
      .toEqual([]);
  });

  test('says that an import of marks was stopped before its end', async () => {
    const { page, rpc, folder } = await openProject();
    for (const number of [1, 2]) await makeImage(folder, number, 'png');
    await add(rpc, [folder]);
    const cards = await cardsOf(rpc);
    const path = join(folder, '..', 'many.json');
    const annotations = Array.from({ length: 100_000 }, (_, at) => ({
      ...{ id: at, image_id: at % 2, category_id: 1, bbox: [at % 90, at % 70, 5, 5] },
    }));
    const images = cards.map(({ name, width, height }, id) => ({
      ...{ id, file_name: name, width, height },
    }));
    const categories = [{ id: 1, name: 'Void' }];
    writeFileSync(path, JSON.stringify({ images, categories, annotations }));
    await press(page, 'Control+K');
    await page.keyboard.type('import marks');
    await press(page, 'Enter');
    const importing = page.getByRole('dialog', { name: 'Import marks of pictures' });
    await importing.getByRole('textbox', { name: 'File' }).fill(path);
    await press(page, 'Enter');
    await importing.getByRole('button', { name: 'Stop' }).click();
    await importing.getByText('Stopped. What was added until then is there').waitFor();
    await importing.getByRole('button', { name: 'Import another file' }).click();
    await importing.getByRole('textbox', { name: 'File' }).waitFor();
  });

  test('says which files are missing and finds them again', async () => {
    const { page, rpc, folder } = await openProject();
    const { rename } = await import('node:fs/promises');
    const { path } = await makeImage(folder, 1);
    await add(rpc, [folder]);
    await tiles(page).first().waitFor();
    const elsewhere = join(folder, '..', 'elsewhere');
    mkdirSync(elsewhere);
    await rename(path, join(elsewhere, 'renamed.jpg'));
    await rpc.call('library.checkFiles');
    await page.getByText('1 file is not where it was').waitFor();
    await page.getByRole('button', { name: 'Find them…' }).click();
    const dialog = page.getByRole('dialog', { name: 'Find missing files' });
    await dialog.getByRole('textbox', { name: 'Path' }).fill(elsewhere);
    await press(page, 'Enter');
    await dialog.getByText('renamed.jpg').waitFor();
    await dialog.getByRole('button', { name: 'Look here' }).click();
    await dialog.getByText('Nothing is missing any more.').waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByText('is not where it was').count()).toBe(0);
  });
});
