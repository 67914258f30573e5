import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { contentSecurityPolicy } from '../../src-main/server/security-headers.ts';
import { de as german } from '../../src-renderer/shell/texts/de.ts';
import { Desktop } from './support/desktop.ts';
import type { DesktopOptions } from './support/desktop.ts';
import { coreProcesses } from './support/processes.ts';

let open: Desktop[] = [];
async function start(options: DesktopOptions = {}): Promise<Desktop> {
  const desktop = await Desktop.start(options);
  open.push(desktop);
  return desktop;
}
afterEach(async () => {
  const desktops = open;
  open = [];
  for (const desktop of desktops) await desktop.close();
});

describe('the way to the core', () => {
  it('serves the page and its policy under app://lensmith/', async () => {
    const desktop = await start();
    const page = await desktop.load('/');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    expect(page.headers.get('content-security-policy')).toBe(contentSecurityPolicy);
    expect(await page.text()).toContain('<title>');
    expect(desktop.fake.world.schemes).toEqual([
      {
        scheme: 'app',
        privileges: expect.objectContaining({ standard: true, secure: true, stream: true }),
      },
    ]);
  });

  it('answers a range with that part alone', async () => {
    const desktop = await start();
    const whole = Buffer.from(await (await desktop.load('/')).arrayBuffer());
    const part = await desktop.load('/', { headers: { range: 'bytes=4-11' } });
    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe(`bytes 4-11/${whole.length}`);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(whole.subarray(4, 12));
    const outside = await desktop.load('/', { headers: { range: 'bytes=9999999-' } });
    expect(outside.status).toBe(416);
    const head = await desktop.load('/', { method: 'HEAD' });
    expect(head.headers.get('content-length')).toBe(String(whole.length));
    expect(await head.text()).toBe('');
  });

  it('refuses other hosts and methods', async () => {
    const desktop = await start();
    const handler = desktop.fake.protocol.handlers.get('app');
    expect((await handler?.(new Request('app://elsewhere/')))?.status).toBe(404);
    expect((await desktop.load('/', { method: 'POST', body: 'x' })).status).toBe(405);
    expect((await desktop.load('/../../package.json')).status).toBe(404);
  });

  it('carries frames both ways, errors with their code', async () => {
    const desktop = await start();
    await desktop.connected();
    expect(await desktop.ask('project.current', {})).toMatchObject({ output: null });
    const folder = join(desktop.dataDir, 'First project');
    const created = await desktop.ask('project.create', { folder, name: 'First project' });
    expect(created).toMatchObject({ output: { name: 'First project', folder } });
    await vi.waitUntil(() => desktop.frames.some((frame) => 'event' in frame));
    const failed = await desktop.ask('project.open', { folder: join(folder, 'nowhere') });
    expect(failed).toMatchObject({ error: { code: expect.stringMatching(/^\w+\/[\w-]+$/) } });
  });

  it('opens no port', async (context) => {
    context.skip(!existsSync('/proc/net/tcp'), 'only Linux lists its ports in /proc');
    const desktop = await start();
    await desktop.connected();
    const [core] = coreProcesses(desktop.dataDir);
    expect(core?.listeningPorts).toEqual([]);
  });
});

describe('a core that ends', () => {
  it('comes back after kill -9, the page is told, and a report is written', async (context) => {
    context.skip(!existsSync('/proc'), 'the core is found by /proc');
    const desktop = await start();
    await desktop.connected();
    const [before] = coreProcesses(desktop.dataDir);
    process.kill(before?.pid as number, 'SIGKILL');
    await vi.waitUntil(() => desktop.connections.at(-1) === false, { timeout: 30_000 });
    await desktop.connected();
    expect(await desktop.ask('project.current', {})).toMatchObject({ output: null });
    expect((await desktop.load('/')).status).toBe(200);
    const [after] = coreProcesses(desktop.dataDir);
    expect(after?.pid).not.toBe(before?.pid);
    const [report = ''] = readdirSync(join(desktop.dataDir, 'crashes'));
    expect(report).toMatch(/-core\.txt$/);
    const text = readFileSync(join(desktop.dataDir, 'crashes', report), 'utf8');
    expect(text).toContain('ended by SIGKILL');
  });

  it('ends with the app', async (context) => {
    context.skip(!existsSync('/proc'), 'the core is found by /proc');
    const desktop = await start();
    await desktop.connected();
    expect(coreProcesses(desktop.dataDir)).toHaveLength(1);
    desktop.window.close();
    await vi.waitUntil(() => desktop.fake.app.isQuit, { timeout: 30_000 });
    expect(coreProcesses(desktop.dataDir)).toEqual([]);
  });
});

describe('the window', () => {
  it('is sandboxed, isolated and without Node', async () => {
    const desktop = await start();
    expect(desktop.fake.world.isSandboxed).toBe(true);
    expect(desktop.window.options.webPreferences).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      webSecurity: true,
      spellcheck: false,
    });
    expect(desktop.window.isShown).toBe(true);
  });

  it('goes nowhere else and opens nothing', async () => {
    const { window } = await start();
    const contents = window.webContents;
    for (const event of ['will-navigate', 'will-frame-navigate', 'will-redirect'] as const) {
      for (const url of ['https://example.com/', 'file:///etc/passwd', 'app://lensmith/media/1']) {
        expect(contents.wouldAllow(event, url)).toBe(false);
      }
      expect(contents.wouldAllow(event, 'app://lensmith/')).toBe(true);
    }
    expect(contents.openHandler({ url: 'https://example.com/' })).toEqual({ action: 'deny' });
    let isAllowed = true;
    contents.emit('will-attach-webview', { preventDefault: () => (isAllowed = false) });
    expect(isAllowed).toBe(false);
  });

  it('is granted nothing, and reaches no other machine', async () => {
    const desktop = await start();
    const { defaultSession } = desktop.fake.session;
    const contents = desktop.window.webContents;
    for (const name of ['media', 'geolocation', 'notifications', 'clipboard-read', 'usb']) {
      const answer = vi.fn();
      defaultSession.permissionRequest(contents, name, answer);
      expect(answer).toHaveBeenCalledWith(false);
      expect(defaultSession.permissionCheck(contents, name)).toBe(false);
    }
    expect(defaultSession.permissionCheck(contents, 'clipboard-sanitized-write')).toBe(true);
    expect(defaultSession.permissionCheck(null, 'clipboard-sanitized-write')).toBe(false);
    expect(defaultSession.devicePermission()).toBe(false);
    expect(defaultSession.isSpellChecking).toBe(false);
    const isCancelled = (url: string): boolean | undefined => {
      const answer = vi.fn<(response: { cancel?: boolean }) => void>();
      defaultSession.beforeRequest({ url }, answer);
      return answer.mock.calls[0]?.[0].cancel;
    };
    expect(
      ['https://a.example/', 'wss://a.example/', 'file:///etc/passwd'].map(isCancelled),
    ).toEqual([true, true, true]);
    expect(['app://lensmith/', 'blob:app://lensmith/1'].map(isCancelled)).toEqual([false, false]);
  });

  it('comes back where it was left, unless no display shows that place', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'lensmith-desktop-'));
    const first = await Desktop.start({ dataDir });
    first.window.bounds = { x: 40, y: 60, width: 1200, height: 700 };
    first.window.maximize();
    first.window.close();
    await vi.waitUntil(() => first.fake.app.isQuit, { timeout: 30_000 });
    const second = await Desktop.start({ dataDir });
    expect(second.window.options).toMatchObject({ x: 40, y: 60, width: 1200, height: 700 });
    expect(second.window.isMaximized()).toBe(true);
    second.window.close();
    await vi.waitUntil(() => second.fake.app.isQuit, { timeout: 30_000 });
    const third = await start({
      dataDir,
      before: ({ world }) => (world.displays = [{ x: 3000, y: 0, width: 800, height: 600 }]),
    });
    expect(third.window.options).toMatchObject({ width: 1440, height: 900 });
    expect(third.window.options.x).toBeUndefined();
  });

  it('loads its page again when the process of the page ends, and reports it', async () => {
    const desktop = await start();
    desktop.window.webContents.emit('render-process-gone', {}, { reason: 'crashed' });
    expect(desktop.window.webContents.reloads).toBe(1);
    expect(readdirSync(join(desktop.dataDir, 'crashes')).join()).toMatch(/-page\.txt/);
  });
});

describe('the bridge', () => {
  it('hears our page alone', async () => {
    const { fake, window, bridge } = await start();
    const { ipcMain, world } = fake;
    const own = { sender: window.webContents, senderFrame: window.webContents.mainFrame };
    for (const from of [
      { ...own, senderFrame: null },
      { ...own, senderFrame: { url: 'app://lensmith/' } },
      { ...own, sender: {} },
    ]) {
      ipcMain.receive(from, 'lensmith:reveal', ['/etc/passwd']);
      expect(await ipcMain.answer(from, 'lensmith:choose-folder', [{ title: 'x' }])).toBeNull();
    }
    window.webContents.mainFrame.url = 'https://example.com/';
    ipcMain.receive(own, 'lensmith:reveal', ['/etc/passwd']);
    expect(world.revealed).toEqual([]);
    window.webContents.mainFrame.url = 'app://lensmith/';
    bridge.revealInFolder('relative/path');
    bridge.revealInFolder('/pictures/one.png');
    expect(world.revealed).toEqual(['/pictures/one.png']);
  });

  it('opens native dialogs and tells what was chosen', async () => {
    const { fake, bridge } = await start();
    fake.world.openAnswers.push(
      { canceled: false, filePaths: ['/a.png', '/b.png'] },
      { canceled: true, filePaths: [] },
      { canceled: false, filePaths: ['/folder'] },
    );
    fake.world.saveAnswers.push({ canceled: false, filePath: '/out.zip' });
    const options = { title: 'Add images', extensions: ['png', '.jpg'] };
    expect(await bridge.chooseFiles(options)).toEqual(['/a.png', '/b.png']);
    expect(await bridge.chooseFolder({ title: 'Folder' })).toBeNull();
    expect(await bridge.chooseFolder({ title: 'Folder' })).toBe('/folder');
    const save = { title: 'Export', defaultName: 'out.zip' };
    expect(await bridge.chooseSavePath(save)).toBe('/out.zip');
  });

  it('gives paths of dropped files', async () => {
    const { fake, bridge } = await start();
    const [onDisk, pasted] = [new File(['a'], 'a.png'), new File(['b'], 'b.png')];
    fake.filePaths.set(onDisk, '/pictures/a.png');
    expect(bridge.pathsOf([onDisk, pasted])).toEqual(['/pictures/a.png', '']);
  });

  it('shows progress on the bar and in the tray, and takes both away', async () => {
    const { fake, bridge, window } = await start();
    bridge.setProgress(0.42);
    expect(window.progress).toBe(0.42);
    const [tray] = fake.world.trays;
    expect(tray?.toolTip).toBe('Lensmith: 42 %');
    expect(fake.world.blockers.size).toBe(1);
    bridge.setProgress(7);
    expect(window.progress).toBe(0.42);
    bridge.setProgress(null);
    expect(window.progress).toBe(-1);
    expect(tray?.isGone).toBe(true);
    expect(fake.world.blockers.size).toBe(0);
  });

  it('notifies; a click on it brings the window to the front', async () => {
    const { fake, bridge, window } = await start();
    bridge.notify({ title: 'Training is done', body: 'Loss 0.4' });
    expect(fake.world.notifications.map(({ options }) => options.title)).toEqual([
      'Training is done',
    ]);
    window.isSmall = true;
    fake.world.notifications[0]?.emit('click');
    expect(window).toMatchObject({ isSmall: false, isFocused: true });
  });

  it('sends acts of the menu', async () => {
    const { fake, bridge } = await start();
    const acts: string[] = [];
    const stop = bridge.onMenu((action) => acts.push(action));
    const items = (fake.world.menu ?? []).flatMap(({ submenu }) =>
      Array.isArray(submenu) ? submenu : [],
    );
    const click = (label: string): void => {
      const item = items.find((one) => one.label === label);
      (item?.click as () => void)();
    };
    click('Undo');
    click('Open Project…');
    await vi.waitUntil(() => acts.length === 2);
    expect(acts).toEqual(['undo', 'open-project']);
    stop();
    click('Redo');
    await new Promise(setImmediate);
    expect(acts).toHaveLength(2);
  });

  it('speaks as the page does, and passes over words that are not whole', async () => {
    const { fake, bridge } = await start();
    const labels = (): (string | undefined)[] => (fake.world.menu ?? []).map(({ label }) => label);
    expect(labels()).toEqual(['File', 'Edit', 'View', 'Window', 'Help']);
    bridge.setWords(german.desktop);
    expect(labels()).toEqual(['Datei', 'Bearbeiten', 'Ansicht', 'Fenster', 'Hilfe']);
    const every = (fake.world.menu ?? []).flatMap(({ submenu }) =>
      Array.isArray(submenu) ? submenu : [],
    );
    // An item without a label would be named by Electron, in English.
    expect(every.filter(({ type, label }) => type !== 'separator' && !label)).toEqual([]);
    bridge.setWords({ ...german.desktop, file: '' });
    expect(labels()[0]).toBe('Datei');
  });
});

describe('one instance', () => {
  it('hands files of a second start to the first window, which comes to the front', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'lensmith-desktop-'));
    writeFileSync(join(dataDir, 'first.png'), '');
    writeFileSync(join(dataDir, 'second.png'), '');
    const desktop = await start({ dataDir, argv: [join(dataDir, 'first.png'), '--switch'] });
    const opened: (readonly string[])[] = [];
    desktop.bridge.onOpenPaths((paths) => opened.push(paths));
    await vi.waitUntil(() => opened.length === 1);
    const argv = ['electron', '--flag', 'second.png', 'not-there.png'];
    desktop.fake.app.emit('second-instance', {}, argv, dataDir);
    await vi.waitUntil(() => opened.length === 2);
    expect(opened).toEqual([[join(dataDir, 'first.png')], [join(dataDir, 'second.png')]]);
    expect(desktop.window.isFocused).toBe(true);
    expect(desktop.fake.windows).toHaveLength(1);
  });

  it('a second start makes no window and no core, and ends', async () => {
    const desktop = await Desktop.start({
      before: ({ world }) => (world.isFirstInstance = false),
    });
    expect(desktop.fake.app.isQuit).toBe(true);
    expect(desktop.fake.windows).toEqual([]);
    rmSync(desktop.dataDir, { recursive: true });
  });
});
