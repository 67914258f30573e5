/** A Python with transformers and what belongs to it: `PYTHON` names it. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const python = process.env['PYTHON'];

/** @returns why these modules of Python cannot be had; null where they can */
export function missing(modules: readonly string[]): string | null {
  if (python === undefined) return 'PYTHON names no Python that has transformers';
  const wanted = ['transformers', 'PIL', ...modules].join(', ');
  const probe = spawnSync(python, ['-c', `import ${wanted}`], { encoding: 'utf8' });
  if (probe.status === 0) return null;
  return probe.error?.message ?? probe.stderr.trim().split('\n').at(-1) ?? `no ${wanted}`;
}

/**
 * @param script beside this file
 * @returns the last line that it prints
 */
export function askPython(script: string, args: readonly string[]): string {
  const path = join(import.meta.dirname, script);
  const { status, stdout, stderr } = spawnSync(python ?? '', [path, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${script} failed: ${stderr}`);
  return stdout.trim().split('\n').at(-1) ?? '';
}
