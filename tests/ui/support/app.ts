import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import type { CommandName } from '../../../src-main/ipc/contract/index.ts';
import type { Project } from '../../../src-main/ipc/contract/project.ts';
import { launchBrowser } from './browser.ts';
import { CoreProcess } from './core-process.ts';
import { PageWatch } from './page-watch.ts';
import { Rpc } from './rpc.ts';
import { failureScreenshot } from './screenshot.ts';

export interface AppOptions {
  /** Where settings, recent projects and logs live; default a fresh folder that goes with the app. */
  readonly dataDir?: string;
  /** What the system prefers; the app follows it until the person chooses. Default light. */
  readonly theme?: 'light' | 'dark';
  readonly env?: NodeJS.ProcessEnv;
}

const viewport = { width: 1440, height: 900 };
/**
 * What a page rightly complains of while its core is gone; and where the next one is there before the
 * page was led to it, that it is not let in.
 */
const coreIsGone =
  /net::ERR_(CONNECTION_|EMPTY_RESPONSE|SOCKET_|CONTENT_LENGTH_MISMATCH|INCOMPLETE_CHUNKED)|HTTP Authentication failed/;

/** The real core and a page on it. */
export class App {
  core: CoreProcess;
  readonly page: Page;
  readonly context: BrowserContext;
  readonly watch: PageWatch;
  readonly dataDir: string;
  readonly #options: AppOptions;
  readonly #rpcs: Rpc[] = [];

  private constructor(
    core: CoreProcess,
    page: Page,
    watch: PageWatch,
    dataDir: string,
    options: AppOptions,
  ) {
    this.core = core;
    this.page = page;
    this.context = page.context();
    this.watch = watch;
    this.dataDir = dataDir;
    this.#options = options;
  }

  static async start(browser: Browser, options: AppOptions): Promise<App> {
    const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'lensmith-ui-'));
    const core = await CoreProcess.start({ dataDir, env: options.env ?? {} });
    const context = await browser.newContext({
      viewport,
      locale: 'en-US',
      colorScheme: options.theme ?? 'light',
      reducedMotion: 'reduce',
      acceptDownloads: true,
    });
    const watch = await PageWatch.on(context);
    const app = new App(core, await context.newPage(), watch, dataDir, options);
    await app.#visit();
    return app;
  }

  async #visit(): Promise<void> {
    this.watch.allow(this.core.origin);
    await this.page.goto(this.core.launchUrl);
  }

  /** Commands to the core beside the page, let in by the page's cookie. */
  async rpc(): Promise<Rpc> {
    const cookies = await this.context.cookies(this.core.origin);
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
    const rpc = await Rpc.connect(this.core.origin, { cookie, origin: this.core.origin });
    this.#rpcs.push(rpc);
    return rpc;
  }

  /** Opens the copy of the sample project in the data folder; it fills in the background. */
  async openSample(): Promise<string> {
    return this.#open('project.openSample', {});
  }

  /** Makes an empty project in the data folder and opens it. @returns its folder */
  async createProject(name = 'Test project'): Promise<string> {
    return this.#open('project.create', { folder: join(this.dataDir, name), name });
  }

  async #open(command: CommandName, input: unknown): Promise<string> {
    const rpc = await this.rpc();
    return (await rpc.call<Project>(command, input)).folder;
  }

  /** Kills the core as a crash does. The page may complain of it from now on. */
  async killCore(): Promise<void> {
    this.watch.expect(coreIsGone);
    await this.core.kill();
  }

  /** Starts the core again on the same data and port, and opens the page anew. */
  async startCore(): Promise<void> {
    const { dataDir } = this;
    const env = this.#options.env ?? {};
    this.core = await CoreProcess.start({ dataDir, port: this.core.port, env });
    await this.#visit();
  }

  async close(): Promise<void> {
    for (const rpc of this.#rpcs) rpc.close();
    await this.context.close();
    await this.core.stop();
    if (this.#options.dataDir === undefined) {
      rmSync(this.dataDir, { recursive: true, force: true, maxRetries: 3 });
    }
  }
}

export interface UiSuite {
  /** Starts the app for the test that runs; it ends with the test. */
  start(options?: AppOptions): Promise<App>;
}

/**
 * One browser for the tests of a file; call it once, at the top. Where there is no browser they
 * skip aloud. A test fails when its page reached for another machine, broke the policy, threw or
 * wrote an error to the console, unless the test said so first (`app.watch.expect`).
 */
export function useApp(): UiSuite {
  let browser: Browser | string = 'the browser was not started';
  let apps: App[] = [];
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  beforeEach((context) => {
    context.skip(typeof browser === 'string', String(browser));
  });
  afterEach(async ({ task }) => {
    const open = apps;
    apps = [];
    // Before the folders go, in which the cores kept account.
    const contacted = open.flatMap((app) => app.core.network.contacted);
    for (const app of open) {
      if (task.result?.state === 'fail') await explain(app, task.name);
      await app.close();
    }
    expect(open.flatMap((app) => app.watch.problems)).toEqual([]);
    expect(contacted).toEqual([]);
  });
  afterAll(async () => {
    if (typeof browser !== 'string') await browser.close();
  });
  return {
    async start(options = {}) {
      if (typeof browser === 'string') throw new Error(browser);
      const app = await App.start(browser, options);
      apps.push(app);
      return app;
    },
  };
}

async function explain(app: App, name: string): Promise<void> {
  const path = await failureScreenshot(app.page, name).catch(String);
  console.error(`${name}: the page looked like ${path}; the core said:\n${app.core.log}`);
}
