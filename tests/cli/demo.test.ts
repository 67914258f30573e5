import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DemoResult } from '../../src-main/app/demo/demo.ts';
import { runBuilt } from '../support/cli.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lensmith-demo-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

test('the demo teaches the starter model what it did not know, and proves its adapter', async () => {
  const target = join(folder, 'demo');
  const { status, out: stdout, err: stderr } = await runBuilt(['demo', '--out', target, '--json']);
  expect(stderr).not.toMatch(/^error/m);
  expect(status).toBe(0);
  const result = JSON.parse(stdout) as DemoResult;
  expect(result.accuracy.before).toBeLessThan(0.1);
  expect(result.accuracy.after).toBeGreaterThan(0.8);
  expect(result.loss.last).toBeLessThan(result.loss.first / 10);
  expect(result.answers).toHaveLength(5);
  expect(result.adapter.largestLogitDifference).toBeLessThanOrEqual(result.adapter.tolerance);
  const config = await readFile(join(result.adapter.outDir, 'adapter_config.json'), 'utf8');
  expect(JSON.parse(config)).toMatchObject({ peft_type: 'LORA', r: 16 });
}, 600_000);
