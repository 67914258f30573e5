import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { runTraining } from '../../src-main/app/train/train.ts';
import type { TrainOptions, TrainOutcome } from '../../src-main/app/train/train.ts';
import type { TrainRequest } from '../../src-main/app/train/train-request.ts';
import { canonicalModulePath } from '../../src-main/formats/adapters/peft.ts';
import {
  readSafetensorsHeader,
  readTensorBytes,
} from '../../src-main/formats/weights/safetensors.ts';
import type { LogLine } from '../../src-main/training/run-log.ts';
import { fixtures } from '../support/fixture-case.ts';

export const families = ['llava15', 'interleave'] as const;
export type Family = (typeof families)[number];

/** A folder that goes when the file's tests are done. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lensmith-training-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

interface FixturePart {
  readonly type: string;
  readonly text?: string;
}

interface FixtureSamples {
  readonly samples: readonly {
    readonly image: string | null;
    readonly messages: readonly { role: string; content: readonly FixturePart[] }[];
    readonly input_ids: readonly number[];
    readonly labels: readonly number[];
  }[];
}

export function fixtureSamples(family: Family): FixtureSamples['samples'] {
  const path = join(fixtures, family, 'training', 'samples.json');
  return (JSON.parse(readFileSync(path, 'utf8')) as FixtureSamples).samples;
}

/** The fixture's conversations as a person would keep them: JSON lines beside picture files. */
export function writeDataset(family: Family, path: string, repeat = 1): string {
  const records = fixtureSamples(family).map(({ image, messages }, i) => ({
    id: `sample-${i}`,
    messages: messages.map(({ role, content }) => ({
      role,
      content: content.map((part) =>
        part.type === 'image'
          ? { type: 'image', path: join(fixtures, family, 'images', `${image}.png`) }
          : part,
      ),
    })),
  }));
  const lines = Array.from({ length: repeat }, (_, round) =>
    records.map((record) => JSON.stringify({ ...record, id: `${record.id}-${round}` })),
  ).flat();
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

/** Held-out samples that contradict the training data: the better it is learnt, the worse they get. */
export function writeContrary(family: Family, path: string): string {
  const records = readFileSync(writeDataset(family, path), 'utf8').trim().split('\n');
  const contrary = records.map((line) => {
    const record = JSON.parse(line) as { messages: { role: string; content: unknown }[] };
    for (const message of record.messages) {
      if (message.role !== 'assistant') continue;
      message.content = [{ type: 'text', text: 'Zebra, zebra; quartz and 4711!' }];
    }
    return JSON.stringify(record);
  });
  writeFileSync(path, `${contrary.join('\n')}\n`);
  return path;
}

export interface FixtureRun {
  readonly lr: number;
  readonly steps: number;
  readonly losses: readonly number[];
  readonly grad_norm_before_clip: readonly number[];
  readonly trainable: readonly string[];
  readonly decayed: readonly string[];
  readonly final_parameter_norms?: Readonly<Record<string, number>>;
}

export function fixtureRun(family: Family, method: string): FixtureRun {
  const path = join(fixtures, family, 'training', method, 'run.json');
  return JSON.parse(readFileSync(path, 'utf8')) as FixtureRun;
}

/** Settings of the fixtures: two samples a step in file order, decay 0.01, norm clipped to 1. */
export function fixtureRequest(
  family: Family,
  folder: string,
  method: TrainRequest['method'],
  name: string = method,
): TrainRequest {
  const run = fixtureRun(family, method);
  return {
    modelDir: join(fixtures, family, 'checkpoint'),
    dataPath: writeDataset(family, join(folder, `${family}.jsonl`)),
    outDir: join(folder, `${family}-${name}`),
    method,
    ...(method === 'lora' || method === 'qlora'
      ? { initAdapter: join(fixtures, family, 'training', method, 'initial_adapter') }
      : {}),
    ...(method === 'full' ? { parts: ['vision', 'projector', 'llm'] as const } : {}),
    learningRate: run.lr,
    weightDecay: 0.01,
    maxGradNorm: 1,
    batchSize: 2,
    maxSteps: run.steps,
    shuffle: false,
    threads: 2,
  };
}

export function runQuietly(
  request: TrainRequest,
  options: TrainOptions = {},
): Promise<TrainOutcome> {
  return runTraining(request, options);
}

export function readLog(path: string): LogLine[] {
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as LogLine);
}

/** All f32 tensors of a file, by canonical names. */
export async function readFloats(path: string): Promise<Map<string, Float32Array>> {
  const header = await readSafetensorsHeader(path);
  const tensors = new Map<string, Float32Array>();
  for (const [name, { dtype }] of header.tensors) {
    if (dtype !== 'F32') throw new Error(`${path}: ${name} is ${dtype}`);
    const bytes = Uint8Array.from(await readTensorBytes(header, name));
    tensors.set(canonicalModulePath(name), new Float32Array(bytes.buffer));
  }
  return tensors;
}

export function largestGap(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) throw new Error(`${a.length} against ${b.length} values`);
  return Math.max(0, ...a.map((value, i) => Math.abs(value - (b[i] as number))));
}
