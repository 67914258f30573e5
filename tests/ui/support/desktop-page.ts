import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page, Route } from 'playwright-core';
import { root } from '../../../scripts/lib/paths.mjs';
import { Desktop } from '../../electron/support/desktop.ts';
import { PageWatch } from './page-watch.ts';

/** Stands for app://lensmith, a scheme that only Electron can give to Chromium. */
const origin = 'https://lensmith.test';

/**
 * The built preload as Electron runs it before the page, with the messages between processes carried
 * by Playwright's bindings.
 */
function preloadScript(): string {
  const preload = readFileSync(join(root, 'out', 'preload', 'preload.cjs'), 'utf8');
  return `(() => {
    const listeners = new Map();
    window.__deliver = (channel, args) =>
      [...(listeners.get(channel) ?? [])].forEach((listener) => listener({}, ...args));
    const ipcRenderer = {
      send: (channel, ...args) => void window.__send(channel, args),
      invoke: (channel, ...args) => window.__invoke(channel, args),
      on: (channel, listener) =>
        listeners.set(channel, (listeners.get(channel) ?? new Set()).add(listener)),
      off: (channel, listener) => listeners.get(channel)?.delete(listener),
    };
    const contextBridge = { exposeInMainWorld: (name, api) => (window[name] = api) };
    const webUtils = { getPathForFile: (file) => '/dropped/' + file.name };
    const require = () => ({ contextBridge, ipcRenderer, webUtils });
    const process = { platform: 'linux' };
    ${preload}
  })();`;
}

/** The real page, preload, main and core; only what lies between them is not Electron's. */
export class DesktopPage {
  readonly desktop: Desktop;
  readonly page: Page;
  readonly watch: PageWatch;

  private constructor(desktop: Desktop, page: Page, watch: PageWatch) {
    this.desktop = desktop;
    this.page = page;
    this.watch = watch;
  }

  static async open(browser: Browser): Promise<DesktopPage> {
    const desktop = await Desktop.start();
    const context = await browser.newContext({
      viewport: { width: 1440, height: 900 },
      locale: 'en-US',
      reducedMotion: 'reduce',
    });
    const watch = await PageWatch.on(context);
    watch.allow(origin);
    const { ipcMain, ipcRenderer } = desktop.fake;
    await context.exposeFunction('__send', (channel: string, args: unknown[]) =>
      ipcMain.receive(desktop.sender, channel, args),
    );
    await context.exposeFunction('__invoke', (channel: string, args: unknown[]) =>
      ipcMain.answer(desktop.sender, channel, args),
    );
    await context.addInitScript(preloadScript());
    await context.route(`${origin}/**`, (route) => relay(route, desktop));
    const page = await context.newPage();
    ipcRenderer.onDeliver = (channel, args) =>
      void page
        .evaluate(([name, values]) => window.__deliver(name, values), [channel, args] as const)
        .catch(() => undefined); // the page is closing
    await page.goto(`${origin}/`);
    return new DesktopPage(desktop, page, watch);
  }

  async close(): Promise<void> {
    this.desktop.fake.ipcRenderer.onDeliver = () => undefined;
    await this.page.context().close();
    await this.desktop.close();
  }
}

async function relay(route: Route, desktop: Desktop): Promise<void> {
  const request = route.request();
  const { pathname, search } = new URL(request.url());
  const body = request.postDataBuffer();
  const response = await desktop.load(`${pathname}${search}`, {
    method: request.method(),
    headers: await request.allHeaders(),
    ...(body === null ? {} : { body: new Uint8Array(body) }),
  });
  await route.fulfill({
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: Buffer.from(await response.arrayBuffer()),
  });
}

declare global {
  interface Window {
    __deliver(channel: string, args: unknown[]): void;
  }
}
