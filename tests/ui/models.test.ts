import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { root } from '../../scripts/lib/paths.mjs';
import { writeRandomAdapter } from '../support/tuned-adapter.ts';
import { useApp } from './support/app.ts';
import type { App } from './support/app.ts';
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
    expect(await page.getByText('fits', { exact: true }).count()).toBe(4);
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
    expect(await names.nth(1).innerText()).toContain('Starter model');

    const outDir = join(app.dataDir, 'merged');
    await page.getByRole('textbox', { name: 'Into' }).fill(outDir);
    await page.getByRole('button', { name: 'Write and prove' }).click();
    await page.getByText(/\d+ tensors written to .* and read back/).waitFor({ timeout: 60_000 });
    expect(existsSync(join(outDir, 'model.safetensors'))).toBe(true);
    await page.getByText(/tensors written/).scrollIntoViewIfNeeded();
    await screenshot(page, 'models-export-dark');

    await page.getByRole('button', { name: 'Take off the list' }).click();
    await row(page, /inspector/).waitFor({ state: 'detached' });
    expect(existsSync(join(adapter, 'adapter_model.safetensors'))).toBe(true);
    await page.getByRole('button', { name: 'Undo' }).click();
    await row(page, /inspector/).waitFor();
  });

  test('says why a folder is not taken, and what became of one that was', async () => {
    const { app, page } = await openAt('models');
    const broken = join(app.dataDir, 'broken');
    mkdirSync(broken);
    writeFileSync(join(broken, 'config.json'), '{"model_type": "toaster"}');
    await addFolder(page, broken);
    const dialog = page.getByRole('dialog', { name: 'Add a model or an adapter' });
    await dialog.getByRole('alert').getByText('This folder was not taken').waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    expect(await row(page, /broken/).count()).toBe(0);

    const copy = join(app.dataDir, 'copy');
    cpSync(starter, copy, { recursive: true });
    await addFolder(page, copy);
    await row(page, /copy/).click();
    await page.getByRole('heading', { name: 'copy' }).waitFor();
    // It is looked into; the folder shall not go while it is.
    await page.getByText('Memory on this machine').waitFor();
    rmSync(copy, { recursive: true });
    await page.reload();
    await row(page, /copy The folder is gone/).click();
    await page.getByRole('alert').getByText('The folder is not there.').waitFor();
  });
});

describe('settings', () => {
  test('are kept at once, take effect, and show the machine', async () => {
    const { page, rpc } = await openAt('settings', 'dark');
    await page.getByText('Processor').waitFor();
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
    await page.getByLabel('Diagnostics').getByText(/^Lensmith \d/).waitFor();
    await page.getByRole('button', { name: 'Copy', exact: true }).click();
    await page.getByText(/Diagnostics are on the clipboard/).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/^Lensmith \d/);
  });
});
