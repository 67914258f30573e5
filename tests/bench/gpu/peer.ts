/** The same steps by transformers and PEFT on the same machine, where Python has them. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { PartName } from './request.ts';
import type { SizeName } from './shapes.ts';

const script = fileURLToPath(new URL('../peers/llava_steps.py', import.meta.url));

/** One of its lines: a task with its figures, or with why there are none. */
export interface PeerTask {
  readonly task: string;
  readonly error?: string;
  readonly tokens_per_second?: number;
  readonly peak_bytes?: number;
}

export type PeerReport = { readonly tasks: readonly PeerTask[] } | { readonly skipped: string };

/** Its tasks by what is measured here. */
const tasksOf: Partial<Record<PartName, readonly string[]>> = {
  lora: ['lora', 'lora_recomputing'],
  qlora: ['qlora', 'qlora_keeping'],
  decode: ['decode'],
};

export function peerReport(size: SizeName, parts: ReadonlySet<PartName>): PeerReport {
  const tasks = [...parts].flatMap((part) => tasksOf[part] ?? []);
  if (!parts.has('peer') || tasks.length === 0) return { skipped: 'no peer was asked for' };
  const python = process.env['PYTHON'] ?? 'python3';
  const probe = spawnSync(python, ['-c', 'import torch, transformers, peft'], { encoding: 'utf8' });
  if (probe.status !== 0) {
    const why = probe.error?.message ?? probe.stderr.trim().split('\n').at(-1) ?? '';
    return { skipped: `transformers + PEFT were not at hand: ${why}` };
  }
  const { status, stdout, stderr } = spawnSync(python, [script, size, tasks.join()], {
    encoding: 'utf8',
  });
  if (status !== 0) return { skipped: `the peer failed: ${stderr.trim().split('\n').at(-1)}` };
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  return { tasks: lines.map((line) => JSON.parse(line) as PeerTask) };
}
