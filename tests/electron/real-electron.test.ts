import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron } from 'playwright-core';
import type { ElectronApplication } from 'playwright-core';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { findElectron, hasDisplay } from '../../scripts/lib/electron.mjs';
import { root, toolNode } from '../../scripts/lib/paths.mjs';
import { coreProcesses } from './support/processes.ts';

/** Why the real Electron cannot be started here, or undefined. */
function electronProblem(): string | undefined {
  if (findElectron() === undefined) return "Electron's program is not here (npx install-electron)";
  if (!hasDisplay()) return 'this machine shows no windows (xvfb-run gives it a display)';
  return undefined;
}

let dataDir: string | undefined;
let electron: ElectronApplication | undefined;

beforeEach(async (context) => {
  const problem = electronProblem();
  if (process.env['REQUIRE_ELECTRON'] === '1' && problem !== undefined) throw new Error(problem);
  context.skip(problem !== undefined, problem);
  dataDir = mkdtempSync(join(tmpdir(), 'lensmith-electron-'));
  const env = { ...process.env, LENSMITH_DATA_DIR: dataDir, LENSMITH_NODE: toolNode() };
  // Chromium's own sandbox refuses to run as root, as containers do.
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  electron = await _electron.launch({
    executablePath: findElectron() as string,
    args: [...asRoot, root],
    env: Object.fromEntries(
      Object.entries(env).filter(
        (entry): entry is [string, string] =>
          entry[1] !== undefined && entry[0] !== 'ELECTRON_RUN_AS_NODE',
      ),
    ),
  });
});
afterEach(async () => {
  await electron?.close();
  electron = undefined;
  if (dataDir !== undefined) rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 });
});

it('opens its window on the page, with the bridge and without Node', async () => {
  const page = await (electron as ElectronApplication).firstWindow();
  expect(page.url()).toBe('app://lensmith/');
  expect(await page.title()).toBe('Lensmith');
  expect(await page.evaluate('typeof window.lensmithDesktop.send')).toBe('function');
  expect(await page.evaluate('typeof require + typeof process')).toBe('undefinedundefined');
  expect(
    await page.evaluate("fetch('/', { headers: { range: 'bytes=0-3' } }).then((r) => r.status)"),
  ).toBe(206);
});

it('runs the core without a port, and takes it along when it ends', async (context) => {
  context.skip(process.platform !== 'linux', 'the core is found by /proc');
  const page = await (electron as ElectronApplication).firstWindow();
  await page.evaluate(
    'new Promise((resolve) => window.lensmithDesktop.onConnection((up) => up && resolve()))',
  );
  expect(coreProcesses(dataDir as string)).toMatchObject([{ listeningPorts: [] }]);
  await electron?.close();
  electron = undefined;
  await vi.waitUntil(() => coreProcesses(dataDir as string).length === 0, { timeout: 30_000 });
});
