import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { coreBundle, toolNode } from '../../scripts/lib/paths.mjs';
import { CoreSupervisor } from '../../src-main/electron/core-supervisor.ts';
import type { CoreAddress, CoreEnd } from '../../src-main/electron/core-supervisor.ts';
import { crashFolder, writeCrashFile } from '../../src-main/electron/crash-files.ts';
import { relayRequest } from '../../src-main/electron/http-relay.ts';
import { pathArguments } from '../../src-main/electron/launch-arguments.ts';
import { coreProgram } from '../../src-main/electron/program.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lensmith-supervisor-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});

describe('a core that cannot start', () => {
  it('is tried again with longer waits, then given up with its last words, then tried on demand', async () => {
    const script = join(folder, 'broken.mjs');
    writeFileSync(script, "console.error('the disk is full'); process.exit(3);");
    const ends: (CoreEnd & { willRestart: boolean })[] = [];
    const supervisor = new CoreSupervisor({
      program: { node: toolNode(), script },
      dataDir: folder,
      delaysMs: [1, 5],
      onUp: () => undefined,
      onDown: (end, willRestart) => ends.push({ ...end, willRestart }),
    });
    supervisor.start();
    await vi.waitUntil(() => ends.length === 3, { timeout: 30_000 });
    expect(ends.map(({ willRestart }) => willRestart)).toEqual([true, true, false]);
    expect(ends[0]).toMatchObject({ how: 'exit status 3', log: 'the disk is full' });
    expect(await supervisor.whenUp(1)).toBeNull();
    supervisor.start();
    await vi.waitUntil(() => ends.length >= 4, { timeout: 30_000 });
    await supervisor.stop();
  });

  it('says so when there is no such program', async () => {
    const onDown = vi.fn<(end: CoreEnd) => void>();
    const supervisor = new CoreSupervisor({
      program: { node: join(folder, 'no-node'), script: 'core.js' },
      dataDir: folder,
      delaysMs: [],
      onUp: () => undefined,
      onDown,
    });
    supervisor.start();
    await vi.waitUntil(() => onDown.mock.calls.length >= 1, { timeout: 30_000 });
    expect(onDown.mock.calls[0]?.[0].log).toContain('ENOENT');
    await supervisor.stop();
  });
});

describe('the private socket', () => {
  it('is for this user alone, wants the secret, and goes with the core', async (context) => {
    context.skip(process.platform === 'win32', 'a named pipe is no file');
    const supervisor = new CoreSupervisor({
      program: { node: toolNode(), script: coreBundle },
      dataDir: folder,
      onUp: () => undefined,
      onDown: ({ log }) => console.error(log),
    });
    supervisor.start();
    const address = (await supervisor.whenUp(60_000)) as CoreAddress;
    const socketFolder = dirname(address.socketPath);
    expect(statSync(socketFolder).mode & 0o777).toBe(0o700);
    const page = new Request('app://lensmith/');
    expect((await relayRequest(page, address)).status).toBe(200);
    const refused = await relayRequest(page, { ...address, secret: 'guess' });
    expect(refused.status).toBe(401);
    await supervisor.stop();
    expect(() => statSync(socketFolder)).toThrow('ENOENT');
    await expect(relayRequest(page, address)).rejects.toThrow();
  });
});

describe('the program of the core', () => {
  const place = { appPath: '/checkout', resourcesPath: '/opt/Lensmith/resources' };

  it('is the packaged Node on the unpacked core, whatever the environment says', () => {
    const env = { LENSMITH_NODE: '/usr/bin/node' };
    expect(coreProgram({ ...place, isPackaged: true }, env)).toEqual({
      node: expect.stringMatching(/resources.node.bin.node(\.exe)?$/),
      script: join('/opt/Lensmith/resources', 'app.asar.unpacked', 'out', 'main', 'core.js'),
    });
  });

  it('is, in a checkout, the Node that npm start chose, the pinned one, or the one on PATH', () => {
    const script = join('/checkout', 'out', 'main', 'core.js');
    const env = { LENSMITH_NODE: '/some/node' };
    expect(coreProgram({ ...place, isPackaged: false }, env)).toEqual({
      node: '/some/node',
      script,
    });
    const name = process.platform === 'win32' ? 'node.exe' : 'node';
    expect(coreProgram({ ...place, isPackaged: false }, {}).node).toBe(name);
    const bin = join(folder, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin');
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, name), '');
    const pinned = coreProgram({ ...place, appPath: folder, isPackaged: false }, {});
    expect(pinned.node).toBe(join(bin, name));
  });
});

describe('small things of the shell', () => {
  it('keeps the newest twenty crash reports', () => {
    for (let second = 0; second < 25; second += 1) {
      const now = new Date(Date.UTC(2026, 0, 1, 0, 0, second));
      writeCrashFile(folder, { what: 'core', how: 'exit status 1', log: 'x' }, now);
    }
    const files = readdirSync(crashFolder(folder)).sort();
    expect(files).toHaveLength(20);
    expect(files[0]).toContain('00-00-05');
  });

  it('takes files off a command line, not switches, and not the app itself', () => {
    writeFileSync(join(folder, 'a.png'), '');
    const argv = ['electron', folder, '--x', 'a.png', '-y', '', 'gone.png'];
    expect(pathArguments(argv, folder, folder)).toEqual([join(folder, 'a.png')]);
  });
});
