/** A driver that ends processes is not asked for its devices for long. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listingOnce } from '../../src-main/tensor/device-listing.ts';

const module = join(import.meta.dirname, '..', '..', 'src-main', 'tensor', 'device-listing.ts');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lensmith-listing-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const listed = (): string => listingOnce(() => 'devices', folder);

/** A process whose driver ends it while it is asked. */
function endOne(): void {
  const code = `
    import { listingOnce } from ${JSON.stringify(module)};
    listingOnce(() => process.kill(process.pid, 'SIGKILL'), ${JSON.stringify(folder)});
    await new Promise((resolve) => setTimeout(resolve, 60_000));`;
  const options = ['--input-type=module', '--eval', code];
  expect(spawnSync(process.execPath, options).status).not.toBe(0);
}

test('what drivers answer is passed on, and nothing stays behind', () => {
  expect(listed()).toBe('devices');
  const failing = (): never => {
    throw new Error('no loader');
  };
  for (let i = 0; i < 4; ++i) expect(() => listingOnce(failing, folder)).toThrow('no loader');
  expect(readdirSync(folder)).toEqual([]);
  expect(listed()).toBe('devices');
});

test('one process that ended may have had other reasons', { timeout: 60_000 }, () => {
  endOne();
  expect(listed()).toBe('devices');
  endOne();
  expect(listed()).toBe('devices');
});

test('after two the driver is not asked, for a day', { timeout: 60_000 }, () => {
  endOne();
  endOne();
  const refused = expect.objectContaining({ code: 'device/vulkan-failed' }) as Error;
  expect(listed).toThrowError(refused);
  expect(listed).toThrowError(refused);
  expect(listingOnce(() => 'devices', folder, Date.now() + 25 * 60 * 60 * 1000)).toBe('devices');
  expect(listed()).toBe('devices');
});

test('a file that is not whole, and a folder that is none, are in nobody’s way', () => {
  writeFileSync(join(folder, 'listing.json'), '{"pid":');
  expect(listed()).toBe('devices');
  writeFileSync(join(folder, 'file'), '');
  expect(listingOnce(() => 'devices', join(folder, 'file', 'below'))).toBe('devices');
  expect(listingOnce(() => 'devices', null)).toBe('devices');
  expect(existsSync(join(folder, 'listing.json'))).toBe(false);
});
