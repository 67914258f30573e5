import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createCore } from '../../src-main/server/core.ts';
import type { Core } from '../../src-main/server/core.ts';

let core: Core;
let dataDir: string;
const context = { signal: new AbortController().signal, part: (): undefined => undefined };

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'lensmith-settings-'));
  core = await createCore({ dataDir, version: '9.8.7', log: () => undefined });
});
afterEach(async () => {
  await core[Symbol.asyncDispose]();
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 });
});

test('threads and ffmpeg reach the workers, which start anew when they are at nothing', async () => {
  const { handlers, context: app } = core;
  const before = await handlers['settings.doctor']({}, context);
  expect(before).toMatchObject({ healthy: true, versions: { lensmith: '9.8.7' } });
  const first = app.workers.engine.pid;
  expect(first).not.toBeNull();
  await handlers['settings.write']({ threads: 1, ffmpegPath: '/nowhere/ffmpeg' }, context);
  expect(app.workers.engine.pid).toBeNull();
  const after = await handlers['settings.doctor']({}, context);
  expect(app.workers.engine.pid).not.toBe(first);
  expect(JSON.stringify(after.engine)).toMatch(/\b1 thread/);
  expect(after.ffmpeg).toMatchObject({ error: { code: 'media/ffmpeg-missing' } });
  expect(JSON.stringify(after.ffmpeg)).toContain('/nowhere/ffmpeg');
});

test('a change that workers need not know of leaves them alone', async () => {
  const { handlers, context: app } = core;
  await handlers['settings.doctor']({}, context);
  const { pid } = app.workers.engine;
  await handlers['settings.write']({ copyMedia: true }, context);
  expect(app.workers.engine.pid).toBe(pid);
});

test('diagnostics say what runs here', async () => {
  const text = await core.handlers['settings.diagnostics']({}, context);
  expect(text).toContain('Lensmith 9.8.7');
  expect(text).toContain('"nearDuplicateBits"');
});
