/** What is known of a device is asked once, and kept as long as device, driver and engine stay. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { cacheFolder, remembering } from '../../src-main/tensor/device-trust.ts';
import type { DeviceProblem } from '../../src-main/tensor/device-trust.ts';
import { graphicsDevice } from '../support/devices.ts';

let folder: string;
const folders: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lensmith-trust-'));
  folders.push(folder);
});
afterAll(() => folders.forEach((one) => rmSync(one, { recursive: true, force: true })));

/** An examiner of its own process, and how often it had to look. */
function processWith(problem: DeviceProblem | null, kept: string | null = folder) {
  const asked: string[] = [];
  const examine = remembering(({ id, driver }) => {
    asked.push(`${id} ${driver}`);
    return problem;
  }, kept);
  return { asked, examine };
}

describe('a verdict', () => {
  const card = graphicsDevice({});

  it('outlasts the process, whatever it is', () => {
    for (const problem of [null, { kind: 'differs', what: 'matmul' }] as const) {
      const name = problem === null ? 'Good' : 'Bad';
      const first = processWith(problem);
      expect(first.examine({ ...card, name })).toEqual(problem);
      expect(first.examine({ ...card, name })).toEqual(problem);
      expect(first.asked).toHaveLength(1);
      const second = processWith({ kind: 'ends', what: 'asked again' });
      expect(second.examine({ ...card, name })).toEqual(problem);
      expect(second.asked).toEqual([]);
    }
  });

  it('is of one device and one driver', () => {
    processWith(null).examine(card);
    const { asked, examine } = processWith(null);
    examine({ ...card, driver: 'a driver 1.1' });
    examine({ ...card, id: 'vulkan:1' });
    examine(card);
    expect(asked).toEqual(['vulkan:0 a driver 1.1', 'vulkan:1 a driver 1.0']);
  });

  it('that could not be made is asked for again by the next process', () => {
    const late = processWith({ kind: 'unchecked', what: 'SIGKILL' });
    expect(late.examine(card)).toMatchObject({ kind: 'unchecked' });
    expect(readdirSync(folder)).toEqual([]);
    expect(processWith(null).examine(card)).toBeNull();
  });

  it('in a file that is not whole is made anew', () => {
    processWith(null).examine(card);
    const [file = ''] = readdirSync(folder);
    for (const text of ['', '{"problem":', '{"problem":{"kind":"odd"}}', '{}', '[]']) {
      writeFileSync(join(folder, file), text);
      const { asked, examine } = processWith(null);
      expect(examine(card)).toBeNull();
      expect(asked, text).toHaveLength(1);
    }
  });

  it('is made in every process where no folder can be written', () => {
    writeFileSync(join(folder, 'file'), '');
    for (const place of [null, join(folder, 'file', 'below')]) {
      expect(processWith(null, place).examine(card)).toBeNull();
      const again = processWith(null, place);
      again.examine(card);
      expect(again.asked).toHaveLength(1);
    }
  });
});

it('lies where the cache of kernels does', () => {
  expect(cacheFolder({ XDG_CACHE_HOME: '/c', HOME: '/h' })).toBe(join('/c', 'lensmith'));
  expect(cacheFolder({ HOME: '/h' })).toBe(join('/h', '.cache', 'lensmith'));
  expect(cacheFolder({ LOCALAPPDATA: '/l' })).toBe(join('/l', 'lensmith', 'cache'));
  expect(cacheFolder({ HOME: '/h', LENSMITH_PIPELINE_CACHE: '/p' })).toBe('/p');
  expect(cacheFolder({ HOME: '/h', LENSMITH_PIPELINE_CACHE: 'off' })).toBeNull();
  expect(cacheFolder({})).toBeNull();
});
