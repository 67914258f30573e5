/** The same steps by transformers and PEFT on the same machine, where Python has them. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
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

export function peerReport(size: SizeName): PeerReport {
  const python = process.env['PYTHON'] ?? 'python3';
  const probe = spawnSync(python, ['-c', 'import torch, transformers, peft'], { encoding: 'utf8' });
  if (probe.status !== 0) {
    const why = probe.error?.message ?? probe.stderr.trim().split('\n').at(-1) ?? '';
    return { skipped: `transformers + PEFT were not at hand: ${why}` };
  }
  const { status, stdout, stderr } = spawnSync(python, [script, size], { encoding: 'utf8' });
  if (status !== 0) return { skipped: `the peer failed: ${stderr.trim().split('\n').at(-1)}` };
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
  return { tasks: lines.map((line) => JSON.parse(line) as PeerTask) };
}
