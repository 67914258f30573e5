/**
 * What a run on all cores leaves to the window: 5 ms of work 40 times a second, as drawing or the
 * core's answers ask for, alone, beside a run of the same priority, and beside one that steps aside as
 * the engine's workers do. Prints one line of JSON: milliseconds that the work took.
 *
 *     node_modules/.bin/node tests/bench/responsive.bench.ts
 */
import { spawn } from 'node:child_process';
import { setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { cliBundle, toolNode } from '../../scripts/lib/paths.mjs';
import { enginePriority } from '../../src-main/worker/step-aside.ts';

const [periodMs, frames, startingMs] = [25, 400, 4000];
let sink = 0;

/** Sine upon sine, `rounds` times. */
function work(rounds: number): void {
  for (let i = 0; i < rounds; i++) sink = Math.sin(sink + i);
}

/** Rounds that take so long on this machine when nothing else runs: the fastest of many tries. */
function roundsOf(ms: number): number {
  const rounds = 20_000;
  const times = Array.from({ length: 100 }, () => {
    const startMs = performance.now();
    work(rounds);
    return performance.now() - startMs;
  });
  return Math.round((rounds * ms) / Math.min(...times));
}

async function frameTimes(rounds: number): Promise<object> {
  const times: number[] = [];
  for (let frame = 0; frame < frames; frame++) {
    await sleep(periodMs);
    const startMs = performance.now();
    work(rounds);
    times.push(performance.now() - startMs);
  }
  times.sort((a, b) => a - b);
  const at = (share: number): number =>
    Number((times[Math.floor(share * (frames - 1))] as number).toFixed(1));
  return { medianMs: at(0.5), p95Ms: at(0.95), worstMs: at(1) };
}

/** Beside LoRA steps on all cores. */
async function besideRun(rounds: number, priority: number): Promise<object> {
  const args = [cliBundle, 'bench', '--tasks', 'lora', '--here', '--runs', '1000'];
  const child = spawn(toolNode(), [...args, '--device', 'cpu'], { stdio: 'ignore' });
  try {
    if (child.pid === undefined) throw new Error('The run did not start.');
    setPriority(child.pid, priority);
    await sleep(startingMs);
    return await frameTimes(rounds);
  } finally {
    child.kill('SIGKILL');
  }
}

const rounds = roundsOf(5);
const alone = await frameTimes(rounds);
const besideEqual = await besideRun(rounds, 0);
const besideStepped = await besideRun(rounds, enginePriority);
console.log(JSON.stringify({ bench: 'responsive', alone, besideEqual, besideStepped }));
process.exitCode = Number.isFinite(sink) ? 0 : 1;
