/** `npm run bench:gpu` comes to its end on whatever driver is there, with figures of everything. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { toolNode } from '../../../scripts/lib/paths.mjs';
import { reasonForAbsence } from '../../support/devices.ts';
import type { GpuReport } from './report.ts';
import { requestFrom } from './request.ts';
import { sizeFor } from './shapes.ts';

const script = fileURLToPath(new URL('./gpu.ts', import.meta.url));
const absence = reasonForAbsence('vulkan');

/** A Python without torch, so that no peer runs in a test. */
const env = { ...process.env, PYTHON: 'no-such-python' };

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function run(args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(toolNode(), [script, ...args, '--json'], { env: { ...env, ...more } });
    const texts = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (piece: string) => (texts.out += piece));
    child.stderr.setEncoding('utf8').on('data', (piece: string) => (texts.err += piece));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...texts }));
  });
}

async function reportOf(...args: string[]): Promise<GpuReport> {
  const { code, out, err } = await run(args);
  if (code !== 0) throw new Error(`It ended with ${code}: ${out}${err}`);
  return JSON.parse(out) as GpuReport;
}

// A software driver on a busy machine takes its time.
test('checks all ops, then measures', { timeout: 300_000 }, async (context) => {
  context.skip(absence !== null, absence ?? '');
  const report = await reportOf('--size', 'tiny', '--device', 'vulkan');
  expect(report).toMatchObject({ size: 'tiny', ops: { wrong: [] } });
  expect(report.ops?.cases).toBeGreaterThan(30);
  expect(report.device.name).toMatch(/^vulkan:/);
  const steps = report.steps.flatMap((step) => ('error' in step ? [] : [step]));
  const rates = [
    report.copyBytesPerSecond,
    ...(report.products?.rates ?? []).map(({ teraflops }) => teraflops),
    ...report.attention.map(({ forwardTeraflops }) => forwardTeraflops),
    ...report.decode.map(({ tokensPerSecond }) => tokensPerSecond),
    ...steps.map(({ tokensPerSecond }) => tokensPerSecond),
    ...steps.map(({ memory }) => memory.keptBytes),
  ];
  for (const rate of rates) expect(rate).toBeGreaterThan(0);
  expect(Math.max(...(report.products?.rates ?? []).map(({ share }) => share))).toBe(1);
  expect(steps.map(({ method, recompute }) => [method, recompute])).toEqual([
    ['lora', 0],
    ['lora', 3],
    ['qlora', 0],
    ['qlora', 2],
    ['qlora', 3],
  ]);
  // What few bits and activations computed twice save shows in larger models alone: tests/training/memory.test.ts.
  for (const { peakBytes } of [...steps, ...report.decode]) {
    expect(peakBytes).toBeGreaterThan(0);
  }
  expect(report.peer).toMatchObject({ skipped: expect.stringContaining('not at hand') as string });
});

test('says that there is nothing to measure, and what is asked wrongly, as one document', async (context) => {
  context.skip(process.platform !== 'linux', 'the driver is named to Linux’ loader');
  const nowhere = { VK_ICD_FILENAMES: '/nowhere.json', VK_DRIVER_FILES: '/nowhere.json' };
  for (const [args, more, error] of [
    [[], nowhere, { code: 'device/vulkan-missing' }],
    [['--device', 'vulkan:99'], {}, { code: /^device\// }],
    [['--size', 'huge'], {}, { code: 'cli/usage', message: /tiny, small, 7b/ }],
    [['--peak-tflops', 'many'], {}, { code: 'cli/usage', message: /no number above 0/ }],
  ] as const) {
    const { code, out, err } = await run(args, more);
    expect(code).toBe(1);
    const said = (JSON.parse(out) as { error: Record<string, string> }).error;
    for (const [field, wanted] of Object.entries(error)) expect(said[field]).toMatch(wanted);
    expect(err).toContain(`error ${said['code']}: ${said['message']}`);
    expect(err).not.toContain('node:internal');
  }
});

test('measures a part alone, and refuses what it does not know', () => {
  expect([...requestFrom(['--only', 'decode,steps']).parts]).toEqual(['decode', 'lora', 'qlora']);
  expect(requestFrom(['--no-peer']).parts.has('peer')).toBe(false);
  expect(() => requestFrom(['--only', 'steps,copies'])).toThrow('copies');
});

test('takes LLaVA-1.5-7B where it fits, and never on a driver that computes on the CPU', () => {
  expect(sizeFor(80 * 2 ** 30, false)).toBe('7b');
  expect(sizeFor(24 * 2 ** 30, false)).toBe('small');
  expect(sizeFor(80 * 2 ** 30, true)).toBe('tiny');
});
