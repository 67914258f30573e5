import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';
import { importProblem } from '../../scripts/lib/eslint-layers.mjs';
import { layers } from '../../scripts/layers.mjs';
import { root } from '../../scripts/lib/paths.mjs';

describe('layers', () => {
  it.each([
    ['src-main/tensor/ops/add.ts', '../../base/errors.ts'],
    ['src-main/tensor/ops/add.ts', '../dtype.ts'],
    ['src-main/models/llama.ts', '../tensor/tensor.ts'],
    ['src-main/training/trainer.ts', '../models/llava.ts'],
    ['src-main/cli/main.ts', '../worker/engine.ts'],
    ['src-main/electron/main.ts', 'electron'],
    ['tests/electron/support/fake-electron.ts', 'electron'],
    ['src-main/cli/main.ts', 'node:fs'],
    ['src-renderer/api/client.ts', '../../src-main/ipc/contract/runs.ts'],
  ])('%s may import %s', (file, source) => {
    expect(importProblem(file, source)).toBeUndefined();
  });

  it.each([
    ['src-main/base/errors.ts', '../tensor/dtype.ts', /base may not import tensor/],
    ['src-main/tensor/tensor.ts', '../autograd/tape.ts', /tensor may not import autograd/],
    ['src-main/media/probe.ts', '../tensor/tensor.ts', /media may not import tensor/],
    ['src-main/training/trainer.ts', '../app/runs/service.ts', /training may not import app/],
    ['src-main/app/runs/service.ts', '../../cli/main.ts', /app may not import cli/],
    ['src-main/app/runs/service.ts', 'electron', /Only src-main\/electron/],
    ['tests/ui/library.test.ts', 'electron', /Only src-main\/electron/],
    ['src-main/app/runs/service.ts', '../../../src-renderer/api/client.ts', /is in no layer/],
    ['src-main/mystery/file.ts', '../base/errors.ts', /in no layer/],
    ['src-renderer/api/client.ts', '../../src-main/app/runs/service.ts', /nothing of src-main/],
    ['src-renderer/api/client.ts', 'node:fs', /has no Node/],
  ])('%s may not import %s', (file, source, message) => {
    expect(importProblem(file, source)).toMatch(message);
  });

  it('goes downwards only: no two layers may import each other, hosts apart', () => {
    const hosts = new Set(['cli', 'worker', 'server', 'electron']);
    for (const [upper, below] of layers) {
      for (const lower of below) {
        if (lower === upper || hosts.has(upper)) continue;
        expect(layers.get(lower)?.has(upper), `${upper} and ${lower}`).toBe(false);
      }
    }
  });
});

describe('eslint', () => {
  const eslint = new ESLint({ cwd: root });

  async function messages(code: string): Promise<string[]> {
    // The path of a file that exists, since type-aware rules need one of the project.
    const [result] = await eslint.lintText(code, { filePath: 'src-main/base/errors.ts' });
    return (result?.messages ?? []).filter((m) => m.severity === 2).map((m) => m.message);
  }

  it.each([
    ["import type { DType } from '../tensor/dtype.ts';\nexport type T = DType;", 'base may not'],
    ["export * from '../tensor/dtype.ts';", 'base may not'],
    ["export type T = import('../tensor/dtype.ts').DType;", 'base may not'],
    ["export const t = await import('../tensor/dtype.ts');", 'base may not'],
    ["export { app } from 'electron';", "imports 'electron'"],
    ["import { createRequire } from 'node:module';\nexport const r = createRequire;", 'addon'],
    ["export const path = 'build/Release/lensmith.node';", 'addon'],
    ['export const load = process.dlopen;', 'addon'],
  ])('makes an error of %j', async (code, message) => {
    expect((await messages(code)).join('\n')).toContain(message);
  });

  it('knows the layers in components too', async () => {
    const config: unknown = await eslint.calculateConfigForFile('src-renderer/shell/Frame.svelte');
    expect(config).toMatchObject({ rules: { 'lensmith/layers': [2] } });
    expect(importProblem('src-renderer/shell/Frame.svelte', '../../src-main/app/x.ts')).toMatch(
      /nothing of src-main/,
    );
  });

  it('accepts a file without such imports', async () => {
    expect(await messages("export const name = 'node';\n")).toEqual([]);
  });
});
