import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { checkShaders, committedVersion, glslangVersion } from '../../scripts/lib/shaders.mjs';

const backend = join(import.meta.dirname, '..', '..', 'native', 'backends', 'vulkan');

test('the committed SPIR-V is what the shaders give', (context) => {
  const [here, committed] = [glslangVersion(), committedVersion()];
  context.skip(here === undefined, 'glslangValidator is not installed (Debian: glslang-tools)');
  context.skip(
    here !== committed,
    `another glslang writes other words: ${String(here)} here, ${committed} made what is committed`,
  );
  expect(checkShaders()).toEqual([]);
}, 120_000);

test('every shader that the backend names is compiled', () => {
  const list = readFileSync(join(backend, 'shaders.def'), 'utf8');
  const all = readFileSync(join(backend, 'spirv', 'all.inc'), 'utf8');
  const names = [...list.matchAll(/^SHADER\((\w+)\)$/gm)].map(([, name]) => name);
  const compiled = [...all.matchAll(/uint32_t (\w+)\[\]/g)].map(([, name]) => name);
  expect([...names].sort()).toEqual([...compiled].sort());
});
