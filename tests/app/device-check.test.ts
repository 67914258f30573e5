/** The check that `auto` makes of a graphics device, on a real one and on such as fail it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { differenceOf, sampleDevice } from '../../src-main/app/doctor/device-check.ts';
import type { Sampled } from '../../src-main/app/doctor/device-check.ts';
import { deviceExaminer, verdictOf } from '../../src-main/worker/examine-device.ts';
import { graphicsDevice, reasonForAbsence } from '../support/devices.ts';

const absence = reasonForAbsence('vulkan');
const entry = join(import.meta.dirname, '..', '..', 'src-main', 'worker', 'device-check.ts');
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lensmith-check-'));
  process.env['LENSMITH_PIPELINE_CACHE'] = 'off';
});
afterAll(() => {
  delete process.env['LENSMITH_PIPELINE_CACHE'];
  rmSync(folder, { recursive: true, force: true });
});

/** What an examiner says whose process does this. */
function verdictOn(code: string) {
  const file = join(folder, `${code.length}.mjs`);
  writeFileSync(file, code);
  return deviceExaminer(file)(graphicsDevice({}));
}

// A software driver on a busy machine takes its time.
describe('the check', { timeout: 240_000 }, () => {
  test('finds nothing wrong with a device that computes', (context) => {
    context.skip(absence !== null, absence ?? '');
    expect(deviceExaminer(entry)(graphicsDevice({}))).toBeNull();
  });

  test('is not made of a device that does not open', () => {
    const verdict = deviceExaminer(entry)(graphicsDevice({ id: 'vulkan:99' }));
    expect(verdict).toMatchObject({ kind: 'unchecked' });
  });

  test('names the first op whose numbers are off, by much, not by rounding', async () => {
    const want = await sampleDevice('cpu');
    const names = [...want.keys()];
    expect(names).toEqual(expect.arrayContaining(['matmul', 'attention', 'AdamW']));
    expect(differenceOf(want, want)).toBeNull();
    for (const name of names) {
      const values = want.get(name) as Float32Array;
      expect(values.some((x) => x !== 0)).toBe(true);
      const off = (change: (x: number) => number): Sampled =>
        new Map([...want, [name, values.map((x, i) => (i === 7 ? change(x) : x))]]);
      expect(
        differenceOf(
          off((x) => x * 1.0001),
          want,
        ),
      ).toBeNull();
      for (const change of [() => NaN, () => Infinity, (x: number) => x + 100]) {
        expect(differenceOf(off(change), want)).toEqual({ kind: 'differs', what: name });
      }
      expect(differenceOf(new Map([...want, [name, new Float32Array()]]), want)).not.toBeNull();
    }
  });

  test('that ends its process tells of the driver; one that was ended does not', (context) => {
    context.skip(process.platform === 'win32', 'Windows ends processes without signals');
    expect(verdictOn("process.kill(process.pid, 'SIGILL')")).toEqual({
      kind: 'ends',
      what: 'SIGILL',
    });
    expect(verdictOn("process.kill(process.pid, 'SIGKILL');")).toMatchObject({ kind: 'unchecked' });
    expect(verdictOn("throw new Error('no such file')")).toMatchObject({ kind: 'unchecked' });
    expect(
      verdictOn('process.stdout.write(\'{"problem":{"kind":"differs","what":"sum"}}\')'),
    ).toEqual({ kind: 'differs', what: 'sum' });
  });

  test('that takes too long is left for another time', () => {
    const error = new Error('spawnSync node ETIMEDOUT');
    const late = { status: null, signal: 'SIGTERM', stdout: '', stderr: '', error } as const;
    expect(verdictOf(late)).toEqual({ kind: 'unchecked', what: error.message });
  });
});
