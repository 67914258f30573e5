import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkShaders, committedVersion, glslangVersion } from '../../scripts/lib/shaders.mjs';

const backend = join(import.meta.dirname, '..', '..', 'native', 'backends', 'vulkan');

for (const kind of ['plain', 'cooperative'] as const) {
  test(`the committed SPIR-V is what the ${kind} shaders give`, (context) => {
    const [here, committed] = [glslangVersion(kind), committedVersion(kind)];
    context.skip(here === undefined, `no glslang here compiles ${kind} shaders (${committed} did)`);
    context.skip(
      here !== committed,
      `another glslang writes other words: ${String(here)} here, ${committed} made what is committed`,
    );
    expect(checkShaders(kind)).toEqual([]);
  }, 120_000);
}

test('every shader that the backend names is compiled', () => {
  const list = readFileSync(join(backend, 'shaders.def'), 'utf8');
  const all = readFileSync(join(backend, 'spirv', 'all.inc'), 'utf8');
  const names = [...list.matchAll(/^SHADER\((\w+)\)$/gm)].map(([, name]) => name);
  const compiled = [...all.matchAll(/uint32_t (\w+)\[\]/g)].map(([, name]) => name);
  expect([...names].sort()).toEqual([...compiled].sort());
});

/** The words of a committed shader, as the file that they were made from. */
function binaryOf(include: string): Uint8Array {
  const text = readFileSync(join(backend, 'spirv', include), 'utf8');
  const words = text.match(/0x[0-9a-f]{8}/g) ?? [];
  return new Uint8Array(Uint32Array.from(words, Number).buffer);
}

/** What bfloat16_t in shaders needs; older ones refuse it as no SPIR-V. */
const firstValidatorWithBfloat16 = 2025.3;

for (const kind of ['plain', 'cooperative'] as const) {
  test(`spirv-val accepts every committed ${kind} shader`, (context) => {
    const validator = spawnSync('spirv-val', ['--version'], { encoding: 'utf8' });
    context.skip(validator.status !== 0, 'spirv-val is not installed (Debian: spirv-tools)');
    const version = /v(\d+\.\d+)/.exec(validator.stdout)?.[1];
    context.skip(
      kind === 'cooperative' && !(Number(version) >= firstValidatorWithBfloat16),
      `spirv-val ${String(version)} does not know bfloat16, ${firstValidatorWithBfloat16} does`,
    );
    const shaders = readdirSync(join(backend, 'spirv')).filter(
      (name) =>
        name.endsWith('.inc') &&
        name !== 'all.inc' &&
        /_coop_(bf16|f16)\./.test(name) === (kind === 'cooperative'),
    );
    expect(shaders).not.toEqual([]);
    const folder = mkdtempSync(join(tmpdir(), 'lensmith-spirv-'));
    try {
      for (const shader of shaders) {
        const file = join(folder, `${shader}.spv`);
        writeFileSync(file, binaryOf(shader));
        const check = spawnSync('spirv-val', ['--target-env', 'vulkan1.2', file], {
          encoding: 'utf8',
        });
        expect([check.status, check.stderr], shader).toEqual([0, '']);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }, 120_000);
}
