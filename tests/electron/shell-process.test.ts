import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { root, toolNode } from '../../scripts/lib/paths.mjs';
import { coreProcesses } from './support/processes.ts';

let dataDir: string;
beforeEach((context) => {
  context.skip(!existsSync('/proc'), 'the core is found by /proc');
  context.skip(!process.features.typescript, 'this Node does not run TypeScript by itself');
  dataDir = mkdtempSync(join(tmpdir(), 'lensmith-desktop-'));
});
afterEach(() => {
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 });
});

/** The real main on the fake Electron, in a process of its own that can be killed. */
function startShell(): ReturnType<typeof spawn> {
  const hook = pathToFileURL(join(import.meta.dirname, 'support', 'fake-electron-hook.mjs')).href;
  const main = join(root, 'src-main', 'electron', 'main.ts');
  // A killed shell leaves the folder of its socket behind, empty.
  const env = { ...process.env, LENSMITH_DATA_DIR: dataDir, TMPDIR: dataDir };
  return spawn(toolNode(), ['--import', hook, main], { env, stdio: 'inherit' });
}

it.each([
  ['while the core starts', 0],
  ['when the core is up', 1],
])('a killed shell takes the core with it, %s', async (_when, waits) => {
  const shell = startShell();
  await vi.waitUntil(() => coreProcesses(dataDir).length === 1, { timeout: 60_000, interval: 10 });
  if (waits > 0) {
    await vi.waitUntil(() => existsSync(join(dataDir, 'logs', 'core.log')), { timeout: 60_000 });
  }
  shell.kill('SIGKILL');
  await vi.waitUntil(() => coreProcesses(dataDir).length === 0, { timeout: 30_000 });
  expect(coreProcesses(dataDir)).toEqual([]);
});
