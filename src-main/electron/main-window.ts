import { join } from 'node:path';
import { BrowserWindow, nativeTheme, screen } from 'electron';
import { lockContents } from './lockdown.ts';
import { pageUrl } from './app-protocol.ts';
import { readWindowState, writeWindowState } from './window-state.ts';

const defaultSize = { width: 1440, height: 900 };
const smallest = { minWidth: 960, minHeight: 600 };
/** `--ground` of the page, so that a starting window does not flash. */
const ground = { light: '#fbfaf8', dark: '#1a1918' };
/** A page that falls this often in a minute is not loaded again. */
const reloadsAMinute = 3;

export interface MainWindowOptions {
  readonly dataDir: string;
  readonly appPath: string;
  readonly isPackaged: boolean;
  /** The page's process ended. */
  readonly onPageGone: (reason: string) => void;
}

/** Makes the window, hidden until its page can be seen. The caller loads the page. */
export function createMainWindow(options: MainWindowOptions): BrowserWindow {
  const { dataDir, appPath } = options;
  const displays = screen.getAllDisplays().map(({ workArea }) => workArea);
  const state = readWindowState(dataDir, displays);
  const window = new BrowserWindow({
    ...(state?.bounds ?? defaultSize),
    ...smallest,
    show: false,
    title: 'Lensmith',
    icon: join(appPath, 'resources', 'icons', 'icon.png'),
    backgroundColor: nativeTheme.shouldUseDarkColors ? ground.dark : ground.light,
    webPreferences: {
      preload: join(appPath, 'out', 'preload', 'preload.cjs'),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      devTools: !options.isPackaged,
    },
  });
  lockContents(window.webContents);
  window.once('ready-to-show', () => {
    if (state?.isMaximized === true) window.maximize();
    window.show();
  });
  window.on('page-title-updated', (event) => event.preventDefault());
  reloadWhenGone(window, options);
  return window;
}

export function loadPage(window: BrowserWindow): Promise<void> {
  return window.loadURL(pageUrl);
}

/** What is remembered of the window; call it while it closes. */
export function rememberWindow(window: BrowserWindow, dataDir: string): Promise<void> {
  const state = { bounds: window.getNormalBounds(), isMaximized: window.isMaximized() };
  return writeWindowState(dataDir, state);
}

function reloadWhenGone(window: BrowserWindow, { onPageGone }: MainWindowOptions): void {
  const falls: number[] = [];
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit') return;
    onPageGone(reason);
    const nowMs = Date.now();
    falls.push(nowMs);
    if (falls.filter((atMs) => nowMs - atMs < 60_000).length <= reloadsAMinute) {
      window.webContents.reload();
    }
  });
}
