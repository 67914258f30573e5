import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SettingsStore } from '../../src-main/app/settings/settings-store.ts';
import { LensmithError } from '../../src-main/base/errors.ts';
import { packageRoot } from '../../src-main/base/package-root.ts';
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

test('names the card that models will lie on, and none for the processor', async () => {
  const { handlers } = core;
  await handlers['settings.write']({ device: 'cpu' }, context);
  expect(await handlers['settings.card']({}, context)).toBeNull();
  const { vulkan } = await handlers['settings.doctor']({}, context);
  const [first] = 'error' in vulkan ? [] : vulkan;
  if (first === undefined) return;
  await handlers['settings.write']({ device: first.id }, context);
  expect(await handlers['settings.card']({}, context)).toBe(first.name);
});

test('a change that workers need not know of leaves them alone', async () => {
  const { handlers, context: app } = core;
  await handlers['settings.doctor']({}, context);
  const { pid } = app.workers.engine;
  await handlers['settings.write']({ copyMedia: true }, context);
  expect(app.workers.engine.pid).toBe(pid);
});

test('diagnostics say what runs here and what failed, and name nothing of the person', async () => {
  const { handlers, context: app } = core;
  await handlers['project.create'](
    { folder: join(dataDir, 'Patients'), name: 'Röntgen 7' },
    context,
  );
  const { end } = app.jobs.start({
    kind: 'import',
    title: 'Import Grandma at home.jpg',
    run: () => {
      const message = `Cannot read ${join(dataDir, 'Patients', 'media', 'Grandma at home.jpg')}.`;
      return Promise.reject(new LensmithError('media/broken', message));
    },
  });
  await end.catch(() => undefined);
  mkdirSync(join(dataDir, 'logs'));
  const log = [
    'engine: Error: out of memory',
    `    at run (${join(packageRoot(), 'out', 'main', 'core.js')}:12:3)`,
    'watch /mnt/Family photos/2024: no such folder',
    'opened Röntgen 7: could not decode "Birthday (2).png"',
  ];
  writeFileSync(join(dataDir, 'logs', 'core.log'), `${log.join('\n')}\n`);
  const text = await handlers['settings.diagnostics']({}, context);
  for (const part of [
    'Lensmith 9.8.7',
    '"nearDuplicateBits"',
    'import: media/broken',
    '<file>.jpg',
  ]) {
    expect(text).toContain(part);
  }
  expect(text).toContain('at run (<program>/out/main/core.js:12:3)');
  expect(text).toContain('opened <project>: could not decode "<file>.png"');
  for (const name of ['Grandma', 'Birthday', 'Röntgen', 'Patients', '/mnt/Family', dataDir]) {
    expect(text, name).not.toContain(name);
  }
  // The log itself stays as it is: whoever downloads it has it anyway.
  expect(await handlers['settings.log']({}, context)).toContain('Birthday (2).png');
});

test('theme, language and keys are kept, and each window is told', async () => {
  const told: unknown[] = [];
  core.context.events.listen((event, payload) => told.push([event, payload]));
  const part = {
    theme: 'contrast',
    language: 'de',
    keys: { palette: ['Mod+P'], undo: [] },
  } as const;
  const keys = { palette: [...part.keys.palette], undo: [] };
  const written = await core.handlers['settings.write']({ ...part, keys }, context);
  expect(written).toMatchObject(part);
  expect(told).toEqual([['settings.changed', written]]);
  const again = await SettingsStore.open(dataDir);
  expect(again.values).toEqual(written);
  writeFileSync(
    join(dataDir, 'settings.json'),
    '{"theme": "pink", "keys": {"a": "b"}, "threads": 3}',
  );
  const mended = await SettingsStore.open(dataDir);
  expect(mended.values).toMatchObject({ theme: 'system', keys: {}, threads: 3 });
});
