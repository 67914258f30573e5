/** Entry of the desktop app, run by Electron; bundled to out/main/electron.js. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { app, crashReporter, protocol } from 'electron';
import { defaultDataDir } from '../server/data-dir.ts';
import { appScheme } from './app-protocol.ts';
import { crashFolder } from './crash-files.ts';
import { silenceChromium } from './lockdown.ts';
import { DesktopShell } from './shell.ts';

const dataDir = defaultDataDir();
mkdirSync(crashFolder(dataDir), { recursive: true });
app.setName('Lensmith');
app.setAppUserModelId('app.lensmith.desktop');
// Chromium's profile, apart from what is the person's.
app.setPath('userData', join(dataDir, 'shell'));
app.setPath('crashDumps', crashFolder(dataDir));
app.enableSandbox();
silenceChromium(app);

if (app.requestSingleInstanceLock()) {
  // Dumps stay on this machine.
  crashReporter.start({ uploadToServer: false });
  protocol.registerSchemesAsPrivileged([appScheme]);
  runApp();
} else {
  app.quit();
}

function runApp(): void {
  let shell: DesktopShell | null = null;
  /** macOS hands over files before the app is ready. */
  const early: string[] = [];
  app.on('open-file', (event, path) => {
    event.preventDefault();
    if (shell === null) early.push(path);
    else shell.open([path]);
  });
  app.on('second-instance', (_event, argv, cwd) => {
    shell?.show();
    shell?.openArguments(argv, cwd);
  });
  app.on('activate', () => shell?.show());
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit();
  });
  app.on('before-quit', (event) => shell?.beforeQuit(event));
  void app.whenReady().then(() => {
    shell = new DesktopShell(dataDir);
    shell.start();
    shell.open(early);
  });
}
