import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { addon } from '../../src-main/tensor/native.ts';
import { registry } from '../../src-main/tensor/ops/registry.ts';

function textOf(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

const opsFolder = new URL('../../src-main/tensor/ops/', import.meta.url);

/** Files of src-main/tensor/ops that call a kernel, by the kernel's name. */
function callers(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const file of readdirSync(opsFolder)) {
    for (const [, name] of textOf(`src-main/tensor/ops/${file}`).matchAll(/\bops\.(\w+)\(/g)) {
      found.set(name as string, [...(found.get(name as string) ?? []), file]);
    }
  }
  return found;
}

/** Parameter types of each kernel, as the interface NativeOps has them. */
function declaredKernels(): Record<string, string[]> {
  const body = /export interface NativeOps \{(.*?)\n\}/s.exec(textOf('src-main/tensor/native.ts'));
  const kernels = (body?.[1] ?? '').matchAll(/^ {2}(\w+)\((.*?)\): void;/gms);
  return Object.fromEntries(
    Array.from(kernels, ([, name, parameters]) => [
      name,
      (parameters as string).split(',').map((p) => p.split(':')[1]?.trim()),
    ]),
  ) as Record<string, string[]>;
}

const typeOfKind: Readonly<Record<string, string>> = {
  in: 'Handle',
  out: 'Handle',
  optional_in: 'Handle',
  optional_out: 'Handle',
  real: 'number',
  integer: 'number',
  word: 'number',
  flag: 'boolean',
};

it('has a case file for every op', () => {
  for (const name of Object.keys(registry)) {
    const file = `tests/ops/${name.replaceAll('_', '-')}.test.ts`;
    expect(textOf(file), file).toContain(`'${name}'`);
  }
});

it('names every op after its kernel', () => {
  for (const [name, op] of Object.entries(registry)) {
    expect(op.name).toBe(name === 'max' ? 'reduce' : name);
  }
});

it('declares every kernel with the arguments that the addon reads', () => {
  const declared = declaredKernels();
  const { signatures } = addon();
  expect(Object.keys(declared).sort()).toEqual(Object.keys(signatures).sort());
  for (const [name, kinds] of Object.entries(signatures)) {
    expect(declared[name], name).toEqual(kinds.map((kind) => typeOfKind[kind]));
  }
});

it('reaches every kernel from an op or from a function that writes in place', () => {
  const called = callers();
  for (const name of Object.keys(addon().signatures)) {
    expect(called.get(name), `callers of ${name}`).toBeDefined();
  }
  expect([...called.keys()].filter((name) => !(name in addon().signatures))).toEqual([]);
});

it('tests every function that writes in place', () => {
  const source = textOf('src-main/tensor/ops/in-place.ts');
  const files = ['in-place', 'optimizer', 'adamw-8bit'];
  const cases = files.map((name) => textOf(`tests/ops/${name}.test.ts`)).join('');
  for (const [, name] of source.matchAll(/^export function (\w+)/gm)) {
    expect(cases, `cases of ${name}`).toContain(`${name}(`);
  }
});

it('exports every op that the registry lists', () => {
  const index = textOf('src-main/tensor/ops/index.ts');
  for (const file of readdirSync(opsFolder)) {
    if (file === 'index.ts' || file === 'registry.ts') continue;
    expect(index, file).toContain(`./${file}`);
    const ops = textOf(`src-main/tensor/ops/${file}`).matchAll(/^export const (\w+Op)\b/gm);
    for (const [, op] of ops) expect(textOf('src-main/tensor/ops/registry.ts')).toContain(op);
  }
});
