import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { root, toolNode, toolScript } from '../../scripts/lib/paths.mjs';
import { stageNode } from '../../scripts/packaging/stage-node.mjs';
import { coreProgram } from '../../src-main/electron/program.ts';
import { listArchive, makeFakeDistribution } from './support/fake-distribution.ts';
import type { ArchivedFile } from './support/fake-distribution.ts';

const isLinux = process.platform === 'linux';
let folder: string;
let app: string;
let resources: string;
let files: ArchivedFile[];

/** Packages the app as `npm run package -- --dir` does, around a stub of Electron's program. */
beforeAll(() => {
  if (!isLinux) return;
  folder = mkdtempSync(join(tmpdir(), 'lensmith-package-'));
  const distribution = join(folder, 'electron');
  const { version } = JSON.parse(readFileSync(toolScript('electron/package.json'), 'utf8')) as {
    version: string;
  };
  makeFakeDistribution(distribution, version);
  stageNode();
  const options = [
    ...['--dir', '--linux', '--publish', 'never'],
    `-c.electronDist=${distribution}`,
    `-c.directories.output=${join(folder, 'dist')}`,
  ];
  const cli = toolScript('electron-builder/cli.js');
  const built = spawnSync(toolNode(), [cli, ...options], { cwd: root, encoding: 'utf8' });
  if (built.status !== 0)
    throw new Error(`electron-builder failed:\n${built.stdout}${built.stderr}`);
  const unpacked = readdirSync(join(folder, 'dist')).find((name) => name.includes('unpacked'));
  app = join(folder, 'dist', unpacked as string);
  resources = join(app, 'resources');
  files = listArchive(readFileSync(join(resources, 'app.asar')));
});
afterAll(() => {
  if (isLinux) rmSync(folder, { recursive: true, force: true });
});
beforeEach((context) => {
  context.skip(!isLinux, "the stub stands for Electron's program for Linux");
});

describe('the packaged app', () => {
  it('holds what runs, and nothing of what it is made from', () => {
    const paths = files.map(({ path }) => path);
    for (const path of [
      ...['out/main/electron.js', 'out/main/core.js', 'out/main/engine-worker.js'],
      ...['out/preload/preload.cjs', 'out/renderer/index.html', 'package.json'],
      ...['build/Release/lensmith.node', 'resources/icons/icon.png'],
      'resources/starter-model/model.safetensors',
      'resources/sample-project/train.json',
    ]) {
      expect(paths).toContain(path);
    }
    const folders = new Set(paths.map((path) => path.split('/')[0]));
    expect([...folders].sort()).toEqual(
      ['build', 'node_modules', 'out', 'package.json', 'resources'].sort(),
    );
    const packages = paths.map((path) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1]);
    for (const name of ['electron', 'vite', 'typescript', 'svelte', 'playwright-core', 'vitest']) {
      expect(packages).not.toContain(name);
    }
    expect(paths.filter((path) => path.endsWith('.map'))).toEqual([]);
    const foreign = /onnxruntime-node\/bin\/[^/]+\/(darwin|win32)\//;
    expect(paths.filter((path) => foreign.test(path))).toEqual([]);
    expect(existsSync(join(app, 'NOTICE'))).toBe(true);
  });

  it('lays beside the archive whatever plain Node reads', () => {
    const read = /^(package\.json$|node_modules\/|build\/|resources\/|out\/(main|renderer)\/)/;
    const inside = files.filter(({ path, isUnpacked }) => read.test(path) && !isUnpacked);
    expect(inside).toEqual([]);
    expect(existsSync(join(resources, 'app.asar.unpacked', 'out', 'renderer', 'index.html'))).toBe(
      true,
    );
  });

  it('has its fuses set', async () => {
    const wire = await getCurrentFuseWire(join(app, 'lensmith'));
    const isOn = (fuse: FuseV1Options): boolean => String.fromCharCode(wire[fuse] ?? 0) === '1';
    expect(isOn(FuseV1Options.RunAsNode)).toBe(false);
    expect(isOn(FuseV1Options.EnableNodeOptionsEnvironmentVariable)).toBe(false);
    expect(isOn(FuseV1Options.EnableNodeCliInspectArguments)).toBe(false);
    expect(isOn(FuseV1Options.EnableCookieEncryption)).toBe(true);
    expect(isOn(FuseV1Options.OnlyLoadAppFromAsar)).toBe(true);
  });

  it('starts its core on its own Node with an empty environment', async () => {
    const place = { isPackaged: true, appPath: '', resourcesPath: resources };
    const { node, script } = coreProgram(place, {});
    const args = [
      script,
      '--socket',
      join(folder, 'core.sock'),
      '--data-dir',
      join(folder, 'data'),
    ];
    const core = spawn(node, args, { env: {}, stdio: ['pipe', 'pipe', 'inherit'] });
    core.stdin.write('secret\n');
    const lines = createInterface({ input: core.stdout });
    const first = await new Promise((resolve) => {
      lines.once('line', resolve);
      core.once('close', () => resolve('it ended'));
    });
    expect(first).toBe('{"ready":true}');
    core.stdin.end();
    expect(await new Promise((resolve) => core.once('close', resolve))).toBe(0);
  });

  it('finds its engine and its ffmpeg there', () => {
    const inside = expect.stringContaining(resources) as string;
    const { node, script } = coreProgram(
      { isPackaged: true, appPath: '', resourcesPath: resources },
      {},
    );
    const cli = join(script, '..', 'cli.js');
    const run = spawnSync(node, [cli, 'doctor', '--json'], { env: {}, encoding: 'utf8' });
    const found: unknown = JSON.parse(run.stdout);
    expect(found).toMatchObject({
      engine: { name: 'cpu' },
      versions: { node: process.versions.node },
    });
    expect(found).toMatchObject({ healthy: true, ffmpeg: { ffmpeg: { path: inside } } });
  });
});
