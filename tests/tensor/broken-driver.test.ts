/** Machines whose Vulkan does not work: the error says what is wrong, and the CPU goes on. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { toolNode } from '../../scripts/lib/paths.mjs';
import { reasonForAbsence } from '../support/devices.ts';

const absence =
  process.platform === 'linux' ? reasonForAbsence('vulkan') : 'it is named to Linux’ loader';
const device = new URL('../../src-main/tensor/device.ts', import.meta.url).href;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lensmith-driver-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Answer {
  readonly error: { readonly code: string; readonly message: string; readonly hint?: string };
  readonly automatic: { readonly device: string; readonly reason: string };
  readonly opened: string;
}

/** What a process says of graphics devices, and computes on, with this environment. */
function answerOf(env: Readonly<Record<string, string>>): Answer {
  const code = `
    import { automaticDevice, deviceInfo, graphicsDevices, openDevice } from ${JSON.stringify(device)};
    let error = null;
    try { graphicsDevices(); } catch (thrown) { error = thrown.toJSON(); }
    const automatic = automaticDevice();
    openDevice({ threads: 1 });
    process.stdout.write(JSON.stringify({ error, automatic, opened: deviceInfo().name }));`;
  // What the tests themselves say of `auto` is not asked here.
  const options = {
    env: { ...process.env, LENSMITH_DEVICE: 'auto', ...env },
    encoding: 'utf8',
  } as const;
  const args = ['--input-type=module', '--eval', code];
  const { stdout, stderr, status } = spawnSync(toolNode(), args, options);
  expect([status, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as Answer;
}

/** An environment whose only driver is described so. */
function driverIn(name: string, text: string): Record<string, string> {
  const path = join(folder, `${name}.json`);
  writeFileSync(path, text);
  return { VK_ICD_FILENAMES: path, VK_DRIVER_FILES: path };
}

const library = { library_path: '/nowhere/libvulkan_none.so', api_version: '1.3.0' };

test.for<[string, string]>([
  ['is no JSON', '{"file_format_version": '],
  ['names no library', JSON.stringify({ file_format_version: '1.0.0', ICD: {} })],
  ['names one that is gone', JSON.stringify({ file_format_version: '1.0.0', ICD: library })],
])('a driver whose description %s', ([name, text], context) => {
  context.skip(absence !== null, absence ?? '');
  const { error, automatic, opened } = answerOf(driverIn(name.replaceAll(' ', '-'), text));
  expect(error).toMatchObject({ code: 'device/vulkan-missing' });
  expect(error.message).toContain('no driver that works');
  expect(error.hint).toContain('Install the driver of the graphics card, or repair it');
  expect(automatic).toMatchObject({ device: 'cpu', reason: error.message.replace(/\.$/, '') });
  expect(opened).toBe('cpu');
});

test('a loader that is none', (context) => {
  context.skip(absence !== null, absence ?? '');
  for (const name of ['libvulkan.so.1', 'libvulkan.so']) {
    writeFileSync(join(folder, name), 'no library');
  }
  const { error, automatic, opened } = answerOf({ LD_LIBRARY_PATH: folder });
  expect(error).toMatchObject({ code: 'device/vulkan-missing' });
  expect(error.message).toContain('no working Vulkan loader');
  expect([automatic.device, opened]).toEqual(['cpu', 'cpu']);
});
