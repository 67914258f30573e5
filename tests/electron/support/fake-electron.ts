/**
 * Electron as the shell uses it, without its program: what the shell calls is noted, and tests play
 * the person and the page. Every class is checked against electron.d.ts, so that a member which the
 * real one lacks, or has in another form, does not compile.
 */
import { EventEmitter } from 'node:events';
import type * as Real from 'electron';
import { root } from '../../../scripts/lib/paths.mjs';
import { FakeIpcMain, FakeIpcRenderer } from './fake-ipc.ts';
import { FakeBrowserWindow, windows } from './fake-window.ts';

/** What tests set before the shell starts, and read after it acted. */
export const world = {
  isPackaged: false,
  isFirstInstance: true,
  displays: [{ x: 0, y: 0, width: 1920, height: 1040 }],
  /** Answers of dialogs, first come, first served. */
  openAnswers: [] as Real.OpenDialogReturnValue[],
  saveAnswers: [] as Real.SaveDialogReturnValue[],
  boxAnswers: [] as number[],
  boxes: [] as Real.MessageBoxOptions[],
  notifications: [] as FakeNotification[],
  revealed: [] as string[],
  schemes: [] as Real.CustomScheme[],
  switches: [] as string[],
  paths: new Map<string, string>(),
  trays: [] as FakeTray[],
  blockers: new Set<number>(),
  menu: null as Real.MenuItemConstructorOptions[] | null,
  isSandboxed: false,
  crashOptions: null as Real.CrashReporterStartOptions | null,
};

class FakeApp
  extends EventEmitter
  implements
    Pick<
      Real.App,
      | 'isPackaged'
      | 'getAppPath'
      | 'setName'
      | 'setAppUserModelId'
      | 'setPath'
      | 'enableSandbox'
      | 'requestSingleInstanceLock'
      | 'whenReady'
      | 'quit'
    >
{
  readonly commandLine = { appendSwitch: (name: string) => void world.switches.push(name) };
  isQuit = false;

  get isPackaged(): boolean {
    return world.isPackaged;
  }

  getAppPath(): string {
    return root;
  }

  setName(): void {}

  setAppUserModelId(): void {}

  setPath(name: string, path: string): void {
    world.paths.set(name, path);
  }

  enableSandbox(): void {
    world.isSandboxed = true;
  }

  requestSingleInstanceLock(): boolean {
    return world.isFirstInstance;
  }

  whenReady(): Promise<void> {
    return Promise.resolve();
  }

  /** As Electron does: listeners may hold it back; then windows close, then the program ends. */
  quit(): void {
    let isHeld = false;
    this.emit('before-quit', { preventDefault: () => (isHeld = true) });
    if (isHeld || this.isQuit) return;
    this.isQuit = true;
    for (const window of [...windows]) window.close();
    this.emit('quit');
  }
}

class FakeProtocol implements Pick<Real.Protocol, 'handle' | 'registerSchemesAsPrivileged'> {
  readonly handlers = new Map<string, (request: Request) => Response | Promise<Response>>();

  handle(scheme: string, handler: (request: Request) => Response | Promise<Response>): void {
    this.handlers.set(scheme, handler);
  }

  registerSchemesAsPrivileged(schemes: Real.CustomScheme[]): void {
    world.schemes.push(...schemes);
  }
}

type PermissionAnswer = (isGranted: boolean) => void;

class FakeSession {
  permissionRequest: (contents: unknown, name: string, answer: PermissionAnswer) => void = () =>
    undefined;
  permissionCheck: (contents: unknown, name: string) => boolean = () => true;
  devicePermission: () => boolean = () => true;
  beforeRequest: (details: { url: string }, answer: (r: Real.CallbackResponse) => void) => void =
    () => undefined;
  isSpellChecking = true;
  readonly webRequest = {
    onBeforeRequest: (listener: typeof this.beforeRequest) => (this.beforeRequest = listener),
  };

  setPermissionRequestHandler(handler: typeof this.permissionRequest): void {
    this.permissionRequest = handler;
  }

  setPermissionCheckHandler(handler: typeof this.permissionCheck): void {
    this.permissionCheck = handler;
  }

  setDevicePermissionHandler(handler: typeof this.devicePermission): void {
    this.devicePermission = handler;
  }

  setSpellCheckerEnabled(isEnabled: boolean): void {
    this.isSpellChecking = isEnabled;
  }
}

class FakeTray extends EventEmitter implements Pick<Real.Tray, 'setToolTip' | 'destroy'> {
  toolTip = '';
  isGone = false;

  constructor() {
    super();
    world.trays.push(this);
  }

  setToolTip(text: string): void {
    this.toolTip = text;
  }

  setImage(): void {}

  setContextMenu(): void {}

  destroy(): void {
    this.isGone = true;
  }
}

class FakeNotification extends EventEmitter implements Pick<Real.Notification, 'show'> {
  readonly options: Real.NotificationConstructorOptions;

  constructor(options: Real.NotificationConstructorOptions) {
    super();
    this.options = options;
  }

  static isSupported(): boolean {
    return true;
  }

  show(): void {
    world.notifications.push(this);
  }
}

const fakeDialog = {
  showOpenDialog: () => Promise.resolve(taken(world.openAnswers)),
  showSaveDialog: () => Promise.resolve(taken(world.saveAnswers)),
  showMessageBox: (options: Real.MessageBoxOptions) => {
    world.boxes.push(options);
    return Promise.resolve({ response: taken(world.boxAnswers), checkboxChecked: false });
  },
};

function taken<T>(answers: T[]): T {
  const answer = answers.shift();
  if (answer === undefined) throw new Error('a dialog opened that the test did not expect');
  return answer;
}

export { windows };
export const app = new FakeApp();
export const protocol = new FakeProtocol();
export const session = { defaultSession: new FakeSession() };
export const ipcMain = new FakeIpcMain();
export const ipcRenderer = new FakeIpcRenderer(ipcMain);
export const BrowserWindow = FakeBrowserWindow;
export const Tray = FakeTray;
export const Notification = FakeNotification;
export const dialog = fakeDialog;
export const Menu = {
  buildFromTemplate: (template: Real.MenuItemConstructorOptions[]) => template,
  setApplicationMenu: (template: Real.MenuItemConstructorOptions[]) => (world.menu = template),
};
export const nativeImage = { createEmpty: () => ({ addRepresentation: () => undefined }) };
export const nativeTheme: Pick<Real.NativeTheme, 'shouldUseDarkColors'> = {
  shouldUseDarkColors: true,
};
export const screen = {
  getAllDisplays: () => world.displays.map((workArea) => ({ workArea })),
};
export const shell = { showItemInFolder: (path: string) => void world.revealed.push(path) };
export const crashReporter = {
  start: (options: Real.CrashReporterStartOptions) => (world.crashOptions = options),
};
export const powerSaveBlocker: Pick<Real.PowerSaveBlocker, 'start' | 'stop'> = {
  start: () => {
    const id = world.blockers.size + 1;
    world.blockers.add(id);
    return id;
  },
  stop: (id) => world.blockers.delete(id),
};
export const exposed = new Map<string, unknown>();
export const contextBridge: Pick<Real.ContextBridge, 'exposeInMainWorld'> = {
  exposeInMainWorld: (name, api) => void exposed.set(name, api),
};
/** Paths of files that tests hand to the page. */
export const filePaths = new WeakMap<File, string>();
export const webUtils: Pick<Real.WebUtils, 'getPathForFile'> = {
  getPathForFile: (file) => filePaths.get(file) ?? '',
};
