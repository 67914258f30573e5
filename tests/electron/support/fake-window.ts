import { EventEmitter } from 'node:events';
import type * as Real from 'electron';

/** Windows that are open, in the order in which they were made. */
export const windows: FakeBrowserWindow[] = [];

type OpenHandler = (details: { url: string }) => Real.WindowOpenHandlerResponse;

class FakeWebContents
  extends EventEmitter
  implements Pick<Real.WebContents, 'getURL' | 'isDestroyed' | 'reload' | 'send'>
{
  readonly mainFrame = { url: '' };
  reloads = 0;
  openHandler: OpenHandler = () => ({ action: 'allow' });

  getURL(): string {
    return this.mainFrame.url;
  }

  isDestroyed(): boolean {
    return false;
  }

  reload(): void {
    this.reloads += 1;
  }

  send(channel: string, ...args: unknown[]): void {
    // Through the event loop, as a message between processes.
    setImmediate(() => void deliver(channel, args));
  }

  setWindowOpenHandler(handler: OpenHandler): void {
    this.openHandler = handler;
  }

  /** Whether the shell lets the page go there. */
  wouldAllow(
    event: 'will-navigate' | 'will-frame-navigate' | 'will-redirect',
    url: string,
  ): boolean {
    let isAllowed = true;
    this.emit(event, { url, preventDefault: () => (isAllowed = false) });
    return isAllowed;
  }
}

async function deliver(channel: string, args: unknown[]): Promise<void> {
  const { ipcRenderer } = await import('./fake-electron.ts');
  ipcRenderer.deliver(channel, args);
}

export class FakeBrowserWindow
  extends EventEmitter
  implements
    Pick<
      Real.BrowserWindow,
      | 'close'
      | 'focus'
      | 'getNormalBounds'
      | 'isMaximized'
      | 'isMinimized'
      | 'loadURL'
      | 'maximize'
      | 'restore'
      | 'setProgressBar'
      | 'show'
    >
{
  readonly webContents = new FakeWebContents();
  readonly options: Real.BrowserWindowConstructorOptions;
  bounds: Real.Rectangle;
  progress = -1;
  isShown = false;
  isFocused = false;
  #isMaximized = false;
  isSmall = false;

  constructor(options: Real.BrowserWindowConstructorOptions) {
    super();
    this.options = options;
    const { x = 100, y = 50, width = 800, height = 600 } = options;
    this.bounds = { x, y, width, height };
    windows.push(this);
  }

  /** Runs the real preload, then says that the page can be seen. */
  async loadURL(url: string): Promise<void> {
    this.webContents.mainFrame.url = url;
    await import('../../../src-main/electron/preload.ts');
    this.emit('ready-to-show');
  }

  show(): void {
    this.isShown = true;
  }

  focus(): void {
    this.isFocused = true;
  }

  maximize(): void {
    this.#isMaximized = true;
  }

  isMaximized(): boolean {
    return this.#isMaximized;
  }

  isMinimized(): boolean {
    return this.isSmall;
  }

  restore(): void {
    this.isSmall = false;
  }

  getNormalBounds(): Real.Rectangle {
    return this.bounds;
  }

  setProgressBar(share: number): void {
    this.progress = share;
  }

  close(): void {
    this.emit('close');
    windows.splice(windows.indexOf(this), 1);
    this.emit('closed');
    if (windows.length === 0) void allClosed();
  }
}

async function allClosed(): Promise<void> {
  const { app } = await import('./fake-electron.ts');
  app.emit('window-all-closed');
}
