import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findElectron } from '../../scripts/lib/electron.mjs';
import { root, toolNode } from '../../scripts/lib/paths.mjs';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'lensmith-start-'));
});
afterEach(() => {
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 });
});

interface Started {
  readonly url: string;
  readonly said: string;
}

/** `npm start` on a machine without a display, until it is ready; then it is ended. */
async function start(args: readonly string[]): Promise<Started> {
  const env: NodeJS.ProcessEnv = { ...process.env, DISPLAY: '', WAYLAND_DISPLAY: '' };
  const all = [...args, '--json', '--no-open', '--data-dir', dataDir];
  const child = spawn(toolNode(), [join(root, 'scripts', 'start.mjs'), ...all], { cwd: root, env });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('close', () => reject(new Error(said)));
  });
  const { url } = JSON.parse(line) as { url: string };
  const page = await fetch(url, { redirect: 'manual' });
  expect(page.status).toBe(302);
  child.kill('SIGTERM');
  await new Promise((resolve) => child.once('close', resolve));
  await expect(fetch(url)).rejects.toThrow();
  return { url, said };
}

it('serves on loopback when asked to, and ends when told to', async () => {
  const { url, said } = await start(['--serve']);
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/launch\?token=/);
  expect(said).not.toContain('cannot start');
});

it('says why the desktop app cannot start, and serves instead', async (context) => {
  const canShow = process.platform !== 'linux' && findElectron() !== undefined;
  context.skip(canShow, 'the desktop app would start here');
  const { said } = await start([]);
  expect(said).toMatch(/The desktop app cannot start: .+\. Serving it for a browser instead\./);
});
