/**
 * How long a person waits before anything happens: the command line's start, a look into a folder of
 * LLaVA-1.5-7B's shapes (weights of zeros that take no room), and what mapping a checkpoint takes of
 * memory. Prints one line of JSON.
 *
 *     node_modules/.bin/node tests/bench/startup.bench.ts
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cliBundle, toolNode } from '../../scripts/lib/paths.mjs';
import { loadModel } from '../../src-main/models/load.ts';
import { ensureDevice } from '../../src-main/tensor/device.ts';
import { llavaConfig, writeSparseModel } from '../support/sparse-model.ts';

const runs = 5;
const sevenBillion = llavaConfig({
  hidden_size: 4096,
  intermediate_size: 11008,
  num_hidden_layers: 32,
  num_attention_heads: 32,
  num_key_value_heads: 32,
});

/** Median seconds of a command. */
function secondsOf(...args: string[]): number {
  const seconds = Array.from({ length: runs }, () => {
    const startMs = performance.now();
    const { status, stderr } = spawnSync(toolNode(), [cliBundle, ...args], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${args.join(' ')} failed: ${stderr}`);
    return (performance.now() - startMs) / 1000;
  });
  return seconds.sort((a, b) => a - b)[Math.floor(runs / 2)] ?? 0;
}

/** Memory of this process that no file stands behind; null where the system does not tell. */
function ownMiB(): number | null {
  if (process.platform !== 'linux') return null;
  const kib = /^RssAnon:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return kib === undefined ? null : Math.round(Number(kib) / 1024);
}

const folder = mkdtempSync(join(tmpdir(), 'lensmith-startup-'));
try {
  const model = join(folder, 'model');
  const bytes = writeSparseModel(model, sevenBillion);
  const versionSeconds = secondsOf('--version');
  const inspectSeconds = secondsOf('model', 'inspect', model, '--json');
  ensureDevice();
  const before = ownMiB();
  const startMs = performance.now();
  using loaded = await loadModel(model);
  const mapSeconds = (performance.now() - startMs) / 1000;
  const after = ownMiB();
  const report = {
    bench: 'startup',
    versionSeconds,
    inspectSeconds,
    checkpointGiB: bytes / 2 ** 30,
    mapSeconds,
    ownMemoryForMappingMiB: before === null || after === null ? null : after - before,
    tensors: loaded.weights.parameters.size,
  };
  console.log(JSON.stringify(report));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
