/** Declares tests: case files of devices once more, on a software driver beside the usual one. */
import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from 'vitest';
import { addonPath } from '../../scripts/lib/paths.mjs';
import { runOnDriver } from './run-files.ts';
import type { DriverStart, FileOutcome } from './run-files.ts';

/** On a busy machine. */
const longestMs = 20 * 60_000;

export interface FurtherDriver {
  readonly name: string;
  /** What its device is called. */
  readonly device: RegExp;
  /** How to start a Node that computes on it, or why that cannot be. */
  readonly found: DriverStart | { readonly reason: string };
}

/** @param files relative to tests/; a test each, or one that says why there is none */
export function runAgainOn({ name, device, found }: FurtherDriver, files: readonly string[]): void {
  describe(name, () => {
    if ('reason' in found) {
      test('every case', (context) => context.skip(true, found.reason));
      return;
    }
    let outcomes: ReadonlyMap<string, FileOutcome>;
    beforeAll(async () => {
      expect(devicesOf(found)).toMatch(device);
      outcomes = await runOnDriver(found, files);
    }, longestMs);
    test.each(files)('%s', (file) => {
      const { passed, failures } = outcomes.get(file) as FileOutcome;
      expect(failures).toEqual([]);
      expect(passed).toBeGreaterThan(0);
    });
  });
}

/** The names and features of the devices that a Node started so sees. */
export function devicesOf({ node, env }: DriverStart): string {
  const question = 'console.log(JSON.stringify(require(process.argv[1]).devices()))';
  const addon = process.env['LENSMITH_ADDON'] ?? addonPath;
  const options = { env: { ...process.env, ...env }, encoding: 'utf8' } as const;
  const { stdout, stderr } = spawnSync(node, ['--eval', question, addon], options);
  return `${stdout}${stderr}`;
}
