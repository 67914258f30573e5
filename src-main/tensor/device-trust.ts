/** Whether a graphics device computes what the CPU does: asked once for each driver, and kept. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addonPath } from './native.ts';
import type { GraphicsDevice } from './native.ts';

/** Why a device is not to be trusted. */
export interface DeviceProblem {
  /** It gives other numbers, it ends the process, or the check could not be made. */
  readonly kind: 'differs' | 'ends' | 'unchecked';
  /** The op, the signal, or what came in between. */
  readonly what: string;
}

/** Computes a few ops on the device and on the CPU; null: they agree. */
export type DeviceExaminer = (device: GraphicsDevice) => DeviceProblem | null;

/** Where the driver's cache of kernels lies, too (native/backends/vulkan/pipelines.cc); null: nowhere. */
export function cacheFolder(env: Readonly<Record<string, string | undefined>>): string | null {
  const named = env['LENSMITH_PIPELINE_CACHE'];
  if (named !== undefined) return named === 'off' || named === '' ? null : named;
  const { XDG_CACHE_HOME: cache = '', LOCALAPPDATA: local, HOME: home = '' } = env;
  if (cache !== '') return join(cache, 'lensmith');
  if (local !== undefined) return join(local, 'lensmith', 'cache');
  return home === '' ? null : join(home, '.cache', 'lensmith');
}

/**
 * An examiner that remembers what another found out. What kept a check from being made is not
 * kept: it is tried again in the next process.
 * @param folder null: nothing outlasts the process
 */
export function remembering(examine: DeviceExaminer, folder: string | null): DeviceExaminer {
  const known = new Map<string, DeviceProblem | null>();
  return (device) => {
    const key = keyOf(device);
    let problem = known.get(key);
    if (problem !== undefined) return problem;
    const file = folder === null ? null : join(folder, `checked-${key}.json`);
    problem = file === null ? undefined : readVerdict(file);
    if (problem === undefined) {
      problem = examine(device);
      if (file !== null && problem?.kind !== 'unchecked') writeVerdict(file, problem);
    }
    known.set(key, problem);
    return problem;
  };
}

/** Another driver, device or engine is another matter. */
function keyOf({ id, name, driver, features }: GraphicsDevice): string {
  const { size, mtimeMs } = statSync(addonPath());
  const text = JSON.stringify([id, name, driver, features, size, mtimeMs]);
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

function readVerdict(file: string): DeviceProblem | null | undefined {
  try {
    const { problem } = JSON.parse(readFileSync(file, 'utf8')) as { problem?: unknown };
    return problem === null || isProblem(problem) ? problem : undefined;
  } catch {
    return undefined; // not there yet, or not whole: the check is made anew
  }
}

export function isProblem(value: unknown): value is DeviceProblem {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, what } = value as Partial<Record<keyof DeviceProblem, unknown>>;
  return ['differs', 'ends', 'unchecked'].includes(String(kind)) && typeof what === 'string';
}

function writeVerdict(file: string, problem: DeviceProblem | null): void {
  try {
    mkdirSync(join(file, '..'), { recursive: true });
    const partial = `${file}.${process.pid}`;
    writeFileSync(partial, JSON.stringify({ problem }));
    renameSync(partial, file);
  } catch {
    // A folder that cannot be written costs a check in every process, nothing else.
  }
}

/** Half a sentence for people. */
export function describeProblem({ kind, what }: DeviceProblem): string {
  switch (kind) {
    case 'differs':
      return `gives other numbers than the CPU (${what})`;
    case 'ends':
      return `ends the process that computes on it (${what})`;
    case 'unchecked':
      return `could not be checked (${what})`;
  }
}
