/**
 * Random shapes, dtypes, layouts and settings for every op, on a device beside the CPU; gradients
 * too. Ends with status 1 at the first case in which they differ, after the line that repeats it.
 *
 *     npm run fuzz:ops -- [--minutes 60] [--device vulkan] [--seed N] [--ops matmul,attention]
 *     npm run fuzz:ops -- --ops matmul --case N        one case again
 */
import { parseArgs } from 'node:util';
import { Random } from '../../../src-main/base/random.ts';
import {
  closeDevice,
  deviceInfo,
  isDeviceName,
  openDevice,
  trimMemory,
} from '../../../src-main/tensor/device.ts';
import { BesideCpu } from './beside-cpu.ts';
import { fuzzedOps } from './run-case.ts';

interface Request {
  readonly minutes: number;
  readonly device: string;
  readonly seed: number;
  readonly ops: readonly string[];
  /** Seed of one case, to run it alone. */
  readonly only: number | null;
}

function requestFrom(argv: readonly string[]): Request {
  const text = { type: 'string' } as const;
  const options = { minutes: text, device: text, seed: text, ops: text, case: text };
  const { values } = parseArgs({ args: [...argv], options });
  const ops = values.ops?.split(',') ?? fuzzedOps;
  const unknown = ops.find((name) => !fuzzedOps.includes(name));
  if (unknown !== undefined)
    throw new Error(`--ops: ${unknown} is none of ${fuzzedOps.join(', ')}`);
  const number = (name: 'minutes' | 'seed' | 'case', usual: number): number => {
    const value = Number(values[name] ?? usual);
    if (!Number.isFinite(value) || value < 0) throw new Error(`--${name} is not a number`);
    return value;
  };
  return {
    minutes: number('minutes', 60),
    device: values.device ?? 'vulkan',
    seed: number('seed', Date.now() % 2 ** 32),
    ops,
    only: values.case === undefined ? null : number('case', 0),
  };
}

/** @returns whether device and CPU agree, and whether both refuse */
async function compare(cpu: BesideCpu, { device }: Request, name: string, seed: number) {
  const { describedAs, wrong, isRefused } = await cpu.compare(name, seed);
  if (wrong === null) return { agrees: true, isRefused };
  console.log(`${describedAs}\n  ${wrong}`);
  console.log(`again: npm run fuzz:ops -- --device ${device} --ops ${name} --case ${seed}`);
  return { agrees: false, isRefused };
}

async function fuzz(request: Request, cpu: BesideCpu): Promise<boolean> {
  if (request.only !== null) {
    const [name] = request.ops as [string];
    const { agrees } = await compare(cpu, request, name, request.only);
    if (agrees) console.log('It agrees with the CPU.');
    return agrees;
  }
  const random = new Random(request.seed);
  const endMs = performance.now() + 60_000 * request.minutes;
  const counts = { cases: 0, refused: 0 };
  let nextReportMs = performance.now() + 60_000;
  for (let i = 0; performance.now() < endMs; i++) {
    const name = request.ops[i % request.ops.length] as string;
    const { agrees, isRefused } = await compare(cpu, request, name, random.uint32());
    if (!agrees) return false;
    counts.cases += 1;
    counts.refused += isRefused ? 1 : 0;
    // Memory that was given back must serve as well as memory that was kept.
    if (random.below(100) === 0) trimMemory();
    if (performance.now() > nextReportMs) {
      console.log(`${counts.cases} cases agree`);
      nextReportMs += 60_000;
    }
  }
  console.log(
    `${counts.cases} cases of ${request.ops.length} ops agree with the CPU, ` +
      `of which ${counts.refused} were refused alike`,
  );
  return true;
}

const request = requestFrom(process.argv.slice(2));
if (!isDeviceName(request.device)) throw new Error(`--device: ${request.device} names no device`);
openDevice({ device: request.device, threads: 2 });
const cpu = new BesideCpu();
try {
  console.log(`${deviceInfo().name} (${deviceInfo().description}), seed ${request.seed}`);
  process.exitCode = (await fuzz(request, cpu)) ? 0 : 1;
} finally {
  await cpu.stop();
  closeDevice();
}
