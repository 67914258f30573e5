/** The same steps by transformers and PEFT on the same machine, where Python has them. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
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

/** @param onTask hears of each task as it ends: a card may be taken away before the last one does */
export async function peerReport(
  size: SizeName,
  parts: ReadonlySet<PartName>,
  onTask: (task: PeerTask) => void,
): Promise<PeerReport> {
  const tasks = [...parts].flatMap((part) => tasksOf[part] ?? []);
  if (!parts.has('peer') || tasks.length === 0) return { skipped: 'no peer was asked for' };
  const python = process.env['PYTHON'] ?? 'python3';
  const probe = spawnSync(python, ['-c', 'import torch, transformers, peft'], { encoding: 'utf8' });
  if (probe.status !== 0) {
    const why = probe.error?.message ?? probe.stderr.trim().split('\n').at(-1) ?? '';
    return { skipped: `transformers + PEFT were not at hand: ${why}` };
  }
  const child = spawn(python, [script, size, tasks.join()], { stdio: ['ignore', 'pipe', 'pipe'] });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  const ended = once(child, 'close');
  const done: PeerTask[] = [];
  for await (const line of createInterface(child.stdout)) {
    if (!line.startsWith('{')) continue;
    const task = JSON.parse(line) as PeerTask;
    done.push(task);
    onTask(task);
  }
  const [status] = (await ended) as [number | null];
  return status === 0
    ? { tasks: done }
    : { skipped: `the peer failed: ${complaints.trim().split('\n').at(-1)}` };
}
