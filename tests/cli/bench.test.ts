import { expect, test } from 'vitest';
import { runBuilt } from '../support/cli.ts';

interface BenchReport {
  tasks: {
    task: string;
    peakMemoryBytes: number;
    figures: { name: string; value: number; unit: string; timing: { seconds: number[] } }[];
  }[];
}

test('bench measures a task in a process of its own and prints one document', async () => {
  const options = ['--tasks', 'gemm', '--runs', '1', '--json'];
  const { status, out: stdout } = await runBuilt(['bench', ...options]);
  expect(status).toBe(0);
  const [report] = (JSON.parse(stdout) as BenchReport).tasks;
  expect(report?.task).toBe('gemm');
  expect(report?.peakMemoryBytes).toBeGreaterThan(2 ** 20);
  expect(report?.figures.length).toBeGreaterThan(10);
  for (const { name, value, unit, timing } of report?.figures ?? []) {
    expect(value, name).toBeGreaterThan(0);
    expect(unit).toBe('GFLOP/s');
    expect(timing.seconds).toHaveLength(1);
  }
}, 120_000);

test('bench refuses a task that it does not know as wrong usage', async () => {
  const { status, err: stderr } = await runBuilt(['bench', '--tasks', 'flight']);
  expect(status).toBe(2);
  expect(stderr).toContain('gemm');
}, 60_000);
