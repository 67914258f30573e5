import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { Shape } from '../../src-main/ipc/contract/shapes.ts';
import { onnxFile } from '../support/onnx.ts';
import { decoder, encoder } from '../support/segment-model.ts';
import { Annotating, eventually } from './support/annotating.ts';
import { useApp } from './support/app.ts';
import { draw, press } from './support/input.ts';
import { screenshot } from './support/screenshot.ts';

const ui = useApp();
const size = { width: 800, height: 500 };
const lines = ['Serial 4711', 'Made in Ulm', 'hairline crack'];

/** A picture with words on it. */
async function sign(folder: string): Promise<string[]> {
  const words = lines.map(
    (line, at) => `<text x="70" y="${110 + at * 140}" font-size="52" fill="#234">${line}</text>`,
  );
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="800" height="500"
    font-family="sans-serif"><rect width="800" height="500" fill="#ece7dd"/>${words.join('')}</svg>`;
  const path = join(folder, 'sign.png');
  mkdirSync(dirname(path), { recursive: true });
  await sharp(Buffer.from(svg)).png().toFile(path);
  return [path];
}

const rows = ({ page }: Annotating) =>
  page.getByRole('listbox', { name: 'Marks' }).getByRole('option');
const plain = ({ text }: Shape): string => text.replaceAll(' ', '');

async function readText(a: Annotating): Promise<Shape[]> {
  await a.page.getByRole('button', { name: 'Let a model suggest' }).click();
  await a.page.getByRole('menuitem', { name: 'Read text' }).click();
  await a.page.getByRole('region', { name: 'Suggestions' }).waitFor({ timeout: 60_000 });
  return a.shapesOnce(a.itemIds[0] ?? 0, lines.length);
}

describe('reading text', () => {
  it('makes drafts, which are taken and left by key', async () => {
    const a = await Annotating.start(ui, sign, { theme: 'dark' });
    const [item = 0] = a.itemIds;
    await a.open(item);
    const drafts = await readText(a);
    expect(drafts.every(({ isDraft }) => isDraft)).toBe(true);
    expect(drafts.map(plain)).toEqual(lines.map((line) => line.replaceAll(' ', '')));
    await rows(a).filter({ hasText: 'Serial' }).waitFor();
    await screenshot(a.page, 'annotate-suggestions-dark');

    // The first is selected: Enter takes it, and the next one is selected.
    await a.page.getByRole('application').focus();
    await press(a.page, 'Enter');
    const states = async (): Promise<boolean[]> =>
      (await a.shapes(item)).map(({ isDraft }) => isDraft);
    await eventually(states).toEqual([false, true, true]);
    // Tab goes on among the drafts alone, Delete leaves one.
    await press(a.page, 'Tab', 'Delete');
    await a.shapesOnce(item, 2);
    expect((await a.shapes(item)).map(plain)).toEqual(['Serial4711', 'MadeinUlm']);
    await press(a.page, 'Control+z');
    await a.shapesOnce(item, 3);
    await a.page.getByRole('button', { name: 'Accept all' }).click();
    await eventually(states).toEqual([false, false, false]);
    expect(await a.page.getByRole('region', { name: 'Suggestions' }).count()).toBe(0);
  });

  it('can be cancelled, and leaves nothing then', async () => {
    const a = await Annotating.start(ui, sign);
    const [item = 0] = a.itemIds;
    await a.open(item);
    await a.page.getByRole('button', { name: 'Let a model suggest' }).click();
    await a.page.getByRole('menuitem', { name: 'Read text' }).click();
    await a.page.getByRole('button', { name: 'Cancel' }).click();
    await a.page.getByText('Read text is looking').waitFor({ state: 'hidden' });
    expect(await a.shapes(item)).toEqual([]);
  });
});

describe('outlining what is pointed at', () => {
  it('needs a model; a wrong file is refused with the reason', async () => {
    const a = await Annotating.start(ui, sign);
    const [item = 0] = a.itemIds;
    await a.open(item);
    expect(await a.page.getByRole('button', { name: 'Outline with a model' }).count()).toBe(0);
    await a.page.getByRole('button', { name: 'Let a model suggest' }).click();
    await a.page.getByRole('menuitem', { name: 'Add a model file…' }).click();
    const dialog = a.page.getByRole('dialog', { name: 'Add a model that assists' });
    await dialog.getByRole('textbox', { name: 'Name' }).fill('Wrong');
    await dialog.getByRole('textbox', { name: 'Model (ONNX)' }).fill('/nowhere/model.onnx');
    await dialog.getByRole('button', { name: 'Add' }).click();
    await dialog.getByRole('alert').waitFor({ timeout: 60_000 });
    await screenshot(a.page, 'annotate-add-assistant');
  });

  it('points make a draft, refine it, and Enter takes it', async () => {
    const a = await Annotating.start(ui, sign);
    const [item = 0] = a.itemIds;
    const files = { encoder, decoder };
    const paths = Object.entries(files).map(([name, graph]) => {
      const path = join(a.app.dataDir, `${name}.onnx`);
      writeFileSync(path, onnxFile(graph));
      return path;
    });
    await a.open(item);
    await a.page.getByRole('button', { name: 'Let a model suggest' }).click();
    await a.page.getByRole('menuitem', { name: 'Add a model file…' }).click();
    const dialog = a.page.getByRole('dialog', { name: 'Add a model that assists' });
    await dialog.getByText('Outlines what I point at').click();
    await dialog.getByRole('textbox', { name: 'Name' }).fill('Everything');
    await dialog.getByRole('textbox', { name: 'Encoder (ONNX)' }).fill(paths[0] ?? '');
    await dialog.getByRole('textbox', { name: 'Decoder (ONNX)' }).fill(paths[1] ?? '');
    await dialog.getByRole('button', { name: 'Add' }).click();
    await a.page.getByRole('button', { name: 'Outline with a model' }).waitFor({ timeout: 60_000 });

    await a.page.getByRole('application').focus();
    await press(a.page, 's');
    const [first, second, corner] = await a.places(size, [
      [200, 100],
      [500, 300],
      [600, 400],
    ]);
    if (first === undefined || second === undefined || corner === undefined) throw new Error('?');
    await a.page.mouse.click(first.x, first.y);
    const [draft] = await a.shapesOnce(item, 1);
    expect(draft).toMatchObject({ isDraft: true, geometry: { kind: 'mask', width: 800 } });
    // Another point asks again: one draft in the place of the other.
    await a.page.keyboard.down('Alt');
    await a.page.mouse.click(second.x, second.y);
    await a.page.keyboard.up('Alt');
    await eventually(async () => (await a.shapes(item)).map(({ id }) => id)).not.toContain(
      draft?.id,
    );
    await a.shapesOnce(item, 1);
    await press(a.page, 'Enter');
    await eventually(async () => (await a.shapes(item)).map((one) => one.isDraft)).toEqual([false]);
    // A box, thought better of.
    await draw(a.page, [second, corner]);
    await a.shapesOnce(item, 2);
    await press(a.page, 'Escape');
    await a.shapesOnce(item, 1);
  });
});
