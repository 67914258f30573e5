import { app, dialog, Menu, protocol, session } from 'electron';
import type { BrowserWindow } from 'electron';
import { englishDesktopWords } from '../ipc/contract/desktop-words.ts';
import type { DesktopWords } from '../ipc/contract/desktop-words.ts';
import { appHandler } from './app-protocol.ts';
import { serveBridge } from './bridge-host.ts';
import { channels } from './channels.ts';
import { CoreSupervisor } from './core-supervisor.ts';
import type { CoreEnd } from './core-supervisor.ts';
import { writeCrashFile } from './crash-files.ts';
import { FrameRelay } from './frame-relay.ts';
import { pathArguments } from './launch-arguments.ts';
import { lockSession } from './lockdown.ts';
import { createMainWindow, loadPage, rememberWindow } from './main-window.ts';
import { menuTemplate } from './menu.ts';
import { coreProgram } from './program.ts';
import { Progress } from './progress.ts';

/** How long a request of the page waits for a core that is starting. */
const coreWithinMs = 30_000;

/**
 * The desktop app around the page: a window, the process behind it, and the bytes between them. It
 * knows no feature; whatever the page and the core say to each other passes through unread.
 */
export class DesktopShell {
  readonly #dataDir: string;
  readonly #core: CoreSupervisor;
  readonly #relay: FrameRelay;
  readonly #progress: Progress;
  #window: BrowserWindow | null = null;
  #words: DesktopWords = englishDesktopWords;
  /** Named on a command line and not yet told to the page. */
  #openPaths: string[];
  #rememberingWindow: Promise<void> = Promise.resolve();
  #isPageListening = false;
  #state: 'running' | 'ending' | 'ended' = 'running';

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
    this.#openPaths = pathArguments(process.argv, process.cwd(), app.getAppPath());
    const installation = {
      isPackaged: app.isPackaged,
      appPath: app.getAppPath(),
      resourcesPath: process.resourcesPath,
    };
    this.#core = new CoreSupervisor({
      program: coreProgram(installation, process.env),
      dataDir,
      onUp: (address) => this.#relay.use(address),
      onDown: (end, willRestart) => this.#coreEnded(end, willRestart),
    });
    this.#relay = new FrameRelay({
      onFrame: (frame) => this.#tell(channels.frame, frame),
      onConnection: (isConnected) => this.#tell(channels.connection, isConnected),
    });
    this.#progress = new Progress({
      window: () => this.#window,
      showWindow: () => this.show(),
      quit: () => app.quit(),
      words: () => this.#words,
    });
  }

  /** Call it when Electron is ready. */
  start(): void {
    this.#core.start();
    lockSession(session.defaultSession);
    protocol.handle(
      'app',
      appHandler(() => this.#core.whenUp(coreWithinMs)),
    );
    serveBridge({
      window: () => this.#window,
      showWindow: () => this.show(),
      sendFrame: (frame) => this.#relay.send(frame),
      setProgress: (share) => this.#progress.set(share),
      setWords: (words) => this.#speak(words),
      onListening: (channel) => this.#pageListens(channel),
    });
    this.#speak(englishDesktopWords);
    this.show();
  }

  #speak(words: DesktopWords): void {
    this.#words = words;
    const act = (action: string): void => void this.#tell(channels.menu, action);
    const { platform } = process;
    const template = menuTemplate({ platform, isPackaged: app.isPackaged, words, act });
    Menu.setApplicationMenu(Menu.buildFromTemplate(template));
  }

  /** Brings the window to the front; makes it where it was closed. */
  show(): void {
    if (this.#window !== null) {
      if (this.#window.isMinimized()) this.#window.restore();
      this.#window.show();
      this.#window.focus();
      return;
    }
    const window = createMainWindow({
      dataDir: this.#dataDir,
      appPath: app.getAppPath(),
      isPackaged: app.isPackaged,
      onPageGone: (how) => this.#report({ how, log: '' }, 'page'),
    });
    this.#window = window;
    window.on('close', () => {
      this.#rememberingWindow = rememberWindow(window, this.#dataDir).catch(console.error);
    });
    window.on('closed', () => {
      this.#window = null;
      this.#isPageListening = false;
    });
    // Another document has not asked to hear anything yet.
    window.webContents.on('did-navigate', () => (this.#isPageListening = false));
    // A refused or failed load shows itself; the page is loaded again when the person asks.
    loadPage(window).catch((error: unknown) => console.error(String(error)));
  }

  /** Hands files that were named from outside to the page, now or when it listens. */
  open(paths: readonly string[]): void {
    this.#openPaths.push(...paths);
    this.#tellOpenPaths();
  }

  openArguments(argv: readonly string[], cwd: string): void {
    this.open(pathArguments(argv, cwd, app.getAppPath()));
  }

  #tell(channel: string, payload: unknown): boolean {
    const contents = this.#window?.webContents;
    if (contents === undefined || contents.isDestroyed()) return false;
    contents.send(channel, payload);
    return true;
  }

  #pageListens(channel: string): void {
    if (channel === channels.connection) {
      this.#tell(channels.connection, this.#relay.isConnected);
    }
    if (channel !== channels.openPaths) return;
    this.#isPageListening = true;
    this.#tellOpenPaths();
  }

  #tellOpenPaths(): void {
    if (!this.#isPageListening || this.#openPaths.length === 0) return;
    if (this.#tell(channels.openPaths, this.#openPaths)) this.#openPaths = [];
  }

  #report(end: CoreEnd, what: string): void {
    const path = writeCrashFile(this.#dataDir, { what, ...end }, new Date());
    console.error(`Lensmith: the ${what} ended (${end.how}); see ${path}`);
  }

  #coreEnded(end: CoreEnd, willRestart: boolean): void {
    this.#relay.use(null);
    this.#progress.set(null);
    this.#report(end, 'core');
    if (!willRestart) void this.#askWhatNow(end);
  }

  async #askWhatNow({ how, log }: CoreEnd): Promise<void> {
    const { coreFails, coreFailsDetail, tryAgain, quit } = this.#words;
    const { response } = await dialog.showMessageBox({
      type: 'error',
      message: coreFails,
      detail: `${coreFailsDetail} (${how})\n\n${log.slice(-1000)}`,
      buttons: [tryAgain, quit],
      defaultId: 0,
      cancelId: 1,
    });
    if (response === 0) this.#core.start();
    else app.quit();
  }

  /** For Electron's `before-quit`: the end is held back until the core has ended. */
  beforeQuit(event: { preventDefault(): void }): void {
    if (this.#state === 'ended') return;
    event.preventDefault();
    if (this.#state === 'ending') return;
    this.#state = 'ending';
    void this.#end().finally(() => {
      this.#state = 'ended';
      app.quit();
    });
  }

  async #end(): Promise<void> {
    this.#window?.close();
    this.#progress.clear();
    this.#relay.close();
    await this.#core.stop();
    await this.#rememberingWindow;
  }
}
