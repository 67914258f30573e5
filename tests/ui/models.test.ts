import { cpSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, test, vi } from 'vitest';
import { root } from '../../scripts/lib/paths.mjs';
import type { DoctorReport } from '../../src-main/ipc/contract/settings.ts';
import { writeLanguageFolder, writeVisionFolder } from '../support/model-parts.ts';
import { writeRandomAdapter } from '../support/tuned-adapter.ts';
import { useApp } from './support/app.ts';
import type { App } from './support/app.ts';
import { meetAnswers } from './support/page-answers.ts';
import type { Rpc } from './support/rpc.ts';
import { screenshot } from './support/screenshot.ts';

const ui = useApp();
const starter = join(root, 'resources', 'starter-model');

async function openAt(
  place: string,
  theme: 'light' | 'dark' = 'light',
): Promise<{ app: App; page: Page; rpc: Rpc }> {
  const app = await ui.start({ theme });
  const rpc = await app.rpc();
  await rpc.call('project.create', { folder: join(app.dataDir, 'project'), name: 'Models' });
  await app.page.goto(`${app.core.origin}/#/${place}`);
  return { app, page: app.page, rpc };
}

async function addFolder(page: Page, folder: string): Promise<void> {
  await page.getByRole('button', { name: 'Add a folder…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Add a model or an adapter' });
  await dialog.getByRole('list', { name: 'Folders in it' }).waitFor();
  await dialog.getByRole('textbox', { name: 'Folder' }).fill(folder);
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
}

const row = (page: Page, name: string | RegExp) =>
  page.getByRole('table', { name: 'Models' }).getByRole('row', { name });

describe('models', () => {
  test('has the starter model, and says what it is made of and needs', async () => {
    const { page } = await openAt('models');
    await row(page, /Starter model/).waitFor();
    await page.getByText('Language model').waitFor();
    await page.getByText('Vision tower').waitFor();
    await page.getByText('To train an adapter').waitFor();
    expect(await page.getByText('fits', { exact: true }).count()).toBe(5);
    // The list learns what was found without being asked.
    await row(page, /Starter model llava \d/).waitFor();
    await screenshot(page, 'models-light');
  });

  test('adds an adapter, sorts, exports it merged with proof, and takes it off the list', async () => {
    const { app, page } = await openAt('models', 'dark');
    const adapter = join(app.dataDir, 'inspector');
    await writeRandomAdapter(starter, adapter);
    await addFolder(page, adapter);
    await row(page, /inspector/).waitFor();
    await page.getByText('Adapter', { exact: true }).waitFor();
    await page.getByText(/^4, alpha 8$/).waitFor();
    await page.getByRole('button', { name: 'Name' }).click();
    await page.getByRole('button', { name: 'Name' }).click();
    const names = page.getByRole('table', { name: 'Models' }).getByRole('row');
    await names.nth(1).getByText('Starter model').waitFor();

    const outDir = join(app.dataDir, 'inspector-merged');
    await page.getByRole('textbox', { name: 'Into' }).fill(outDir);
    await page.getByRole('button', { name: 'Write and prove' }).click();
    await page.getByText(/\d+ tensors written to .* and read back/).waitFor({ timeout: 60_000 });
    expect(existsSync(join(outDir, 'model.safetensors'))).toBe(true);
    await page.getByText('Largest difference of logits').waitFor();
    await page.getByText('Linear maps with the adapter').scrollIntoViewIfNeeded();
    await screenshot(page, 'models-export-dark');

    // What was made here says what of, and only that can be deleted; the folder and its size are named.
    await page.getByRole('button', { name: 'Show it' }).click();
    await page.getByRole('heading', { name: 'inspector-merged' }).waitFor();
    await page.getByText('Adapter in it').waitFor();
    await page.getByText('the same weights as then').first().waitFor();
    await page.getByText('Memory on this machine').waitFor();
    await screenshot(page, 'models-lineage-dark');
    await page.getByRole('button', { name: 'Delete from the disk…' }).click();
    const question = page.getByRole('dialog', { name: 'Delete inspector-merged from the disk?' });
    await question.getByText(outDir).waitFor();
    await screenshot(page, 'models-delete-dark');
    await question.getByRole('button', { name: /^Delete \d+ MB$/ }).click();
    await row(page, /inspector-merged/).waitFor({ state: 'detached' });
    expect(existsSync(outDir)).toBe(false);

    await row(page, /inspector LoRA/).click();
    await page.getByRole('heading', { name: 'inspector' }).waitFor();
    expect(await page.getByRole('button', { name: 'Delete from the disk…' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Take off the list' }).click();
    await row(page, /inspector/).waitFor({ state: 'detached' });
    expect(existsSync(join(adapter, 'adapter_model.safetensors'))).toBe(true);
    await page.getByRole('button', { name: 'Undo' }).click();
    await row(page, /inspector/).waitFor();
  });

  test('quantises a model, says what it saved and cost, and shows it', async () => {
    const { app, page } = await openAt('models');
    await row(page, /Starter model/).waitFor();
    const outDir = join(app.dataDir, 'starter in four bits');
    await page.getByRole('button', { name: 'Quantise' }).waitFor();
    await page.getByRole('textbox', { name: 'Into' }).fill(outDir);
    await page.getByRole('button', { name: 'Write and prove' }).click();
    const proof = page.getByRole('status').filter({ hasText: 'the same to the last bit' });
    await proof.getByText(/^15 MB → 9\.\d MB$/).waitFor();
    await proof.scrollIntoViewIfNeeded();
    await screenshot(page, 'models-quantize-light');
    await proof.getByRole('button', { name: 'Show it' }).click();
    await page.getByRole('heading', { name: 'starter in four bits' }).waitFor();
    await page.getByText(/NF4 50%/).waitFor();
    await page.getByText('weights in few bits do not train').waitFor();
    expect(await page.getByRole('button', { name: 'Quantise' }).count()).toBe(0);
  });

  test('names the card that models will lie on before one does', async () => {
    const { page } = await openAt('models');
    await meetAnswers(page, 'settings.card', (answer, _, send) =>
      send({ ...answer, output: 'Small Card' }),
    );
    await page.getByRole('contentinfo').getByText('Small Card').waitFor();
  });

  test('leads to the settings where the chosen device is not there', async () => {
    const { app, page, rpc } = await openAt('settings');
    const bar = page.getByRole('contentinfo');
    expect(await bar.getByText('Graphics card').count()).toBe(0);
    await rpc.call('settings.write', { device: 'vulkan:99' });
    await bar.getByText('Graphics card 99').waitFor();
    // What is at work on the old one is finished first.
    const examined = () => rpc.call<DoctorReport>('settings.doctor', {});
    await expect.poll(async () => (await examined()).engine).toHaveProperty('error');
    const models = `${app.core.origin}/#/models`;
    await page.goto(models);
    await page.getByText('It could not be looked into').waitFor();
    await page.getByRole('button', { name: 'Choose where to compute…' }).click();
    const device = page.getByRole('combobox', { name: 'Compute on' });
    await device.selectOption('cpu');
    await expect.poll(async () => (await examined()).engine).toMatchObject({ name: 'cpu' });
    await page.goto(models);
    await page.getByText('To train an adapter').waitFor();
  });

  test('looks into a folder while one walks, says why it is not taken, and what became of one that was', async () => {
    const { app, page } = await openAt('models');
    const broken = join(app.dataDir, 'broken');
    cpSync(starter, broken, { recursive: true });
    rmSync(join(broken, 'tokenizer.json'));
    writeFileSync(join(broken, 'model.safetensors'), 'version https://git-lfs.github.com/spec/v1');
    await addFolder(page, broken);
    const dialog = page.getByRole('dialog', { name: 'Add a model or an adapter' });
    await dialog.getByRole('alert').getByText('This folder was not taken').waitFor();
    const look = dialog.getByRole('region', { name: 'What is in this folder' });
    await look.getByText('model.safetensors only points to the weights.').waitFor();
    await look.getByText('There is no tokenizer.json').waitFor();
    await screenshot(page, 'models-check-light');
    await dialog.getByRole('textbox', { name: 'Folder' }).fill(starter);
    await look.getByText('To train an adapter').waitFor();
    await screenshot(page, 'models-add-light');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(await row(page, /broken/).count()).toBe(0);

    const copy = join(app.dataDir, 'copy');
    cpSync(starter, copy, { recursive: true });
    await addFolder(page, copy);
    await row(page, /copy/).click();
    await page.getByRole('heading', { name: 'copy' }).waitFor();
    await page.getByText('Memory on this machine').waitFor();
    rmSync(copy, { recursive: true });
    await page.reload();
    await row(page, /copy The folder is gone/).click();
    await page.getByRole('alert').getByText('The folder is not there.').waitFor();
  });

  test('assembles a model of two folders, told before it is written, and hands it to training', async () => {
    const { app, page } = await openAt('models');
    const [tower, speaker] = [join(app.dataDir, 'tower'), join(app.dataDir, 'speaker')];
    await writeVisionFolder(starter, tower);
    await writeLanguageFolder(starter, speaker);
    await addFolder(page, speaker);
    const dialog = page.getByRole('dialog', { name: 'Add a model or an adapter' });
    await dialog.getByText('This is a language model that cannot see.').first().waitFor();
    await dialog.getByRole('button', { name: 'Assemble a model with it…' }).click();

    const language = page.getByRole('region', { name: 'Language model' });
    await language.getByText('llama').waitFor();
    const vision = page.getByRole('region', { name: 'Vision tower' });
    await vision.getByRole('button', { name: 'Choose a folder…' }).click();
    const choosing = page.getByRole('dialog', { name: 'The folder of a vision tower' });
    await choosing.getByRole('textbox', { name: 'Folder' }).fill(speaker);
    await choosing.getByRole('button', { name: 'Take it' }).click();
    await vision.getByRole('alert').getByText('This cannot be used').waitFor();
    await vision.getByRole('button', { name: 'Choose a folder…' }).click();
    await choosing.getByRole('textbox', { name: 'Folder' }).fill(tower);
    await choosing.getByRole('button', { name: 'Take it' }).click();
    const outcome = page.getByRole('region', { name: 'What it will be' });
    await outcome.getByText('36 tokens of 2,048').waitFor();
    await outcome.getByText('<image>, id 3').waitFor();
    const outDir = join(app.dataDir, 'seeing');
    await page.getByRole('textbox', { name: 'Into' }).fill(outDir);
    expect(existsSync(outDir)).toBe(false);
    await page.getByRole('button', { name: 'Assemble', exact: true }).click();
    await page.getByText('seeing is ready for its first stage.').waitFor({ timeout: 60_000 });
    await screenshot(page, 'models-assemble-light');
    await page.emulateMedia({ colorScheme: 'dark' });
    await screenshot(page, 'models-assemble-dark');
    await page.getByRole('button', { name: 'Align it now' }).click();
    await page.getByRole('radio', { name: /Projector/ }).waitFor();
    expect(await page.getByRole('radio', { name: /Projector/ }).isChecked()).toBe(true);
    await vi.waitUntil(
      async () => (await page.getByRole('combobox', { name: 'Model' }).inputValue()) === 'seeing',
      { timeout: 30_000 },
    );
  });
});

describe('settings', () => {
  test('are kept at once, take effect, and show the machine', async () => {
    const { page, rpc } = await openAt('settings', 'dark');
    await page.getByRole('term').filter({ hasText: 'Processor' }).waitFor();
    await page.getByText(/Reads h264/).waitFor();
    await screenshot(page, 'settings-dark');
    await page.getByRole('switch', { name: /All cores/ }).click({ force: true });
    await page.getByRole('spinbutton', { name: 'Threads' }).fill('1');
    await page.getByRole('spinbutton', { name: 'Threads' }).press('Enter');
    await page.getByText(/\b1 thread/).waitFor();
    expect(await rpc.call('settings.read')).toMatchObject({ threads: 1 });
    await page.getByRole('textbox', { name: 'ffmpeg' }).fill('/nowhere/ffmpeg');
    await page.getByRole('textbox', { name: 'ffmpeg' }).press('Enter');
    await page.getByRole('alert').getByText('Videos cannot be read with it').waitFor();
    await page.getByRole('radio', { name: 'Light', exact: true }).check({ force: true });
    expect(await page.locator('html').getAttribute('data-theme')).toBe('light');
    await screenshot(page, 'settings-light');
  });

  test('copies diagnostics', async () => {
    const { app, page } = await openAt('settings');
    await app.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy diagnostics' }).click();
    await page
      .getByLabel('Diagnostics')
      .getByText(/^Lensmith \d/)
      .waitFor();
    await page.getByRole('button', { name: 'Copy', exact: true }).click();
    await page.getByText(/Diagnostics are on the clipboard/).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/^Lensmith \d/);
  });
});
