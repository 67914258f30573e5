/**
 * Runs sandboxed before the page, and gives it `window.lensmithDesktop` and nothing else. Bundled as
 * CommonJS, out/preload/preload.cjs.
 */
import { contextBridge, ipcRenderer, webUtils } from 'electron';
import type { DesktopBridge } from '../ipc/contract/desktop.ts';
import { channels } from './channels.ts';

/** A way to hear a channel that hands out the payload alone, never Electron's own event. */
function hear<T>(channel: string): (listener: (payload: T) => void) => () => void {
  return (listener) => {
    const forward = (_event: unknown, payload: T): void => listener(payload);
    ipcRenderer.on(channel, forward);
    ipcRenderer.send(channels.listening, channel);
    return () => void ipcRenderer.off(channel, forward);
  };
}

const bridge: DesktopBridge = {
  platform: process.platform as DesktopBridge['platform'],
  send: (frame) => ipcRenderer.send(channels.frame, frame),
  onFrame: hear<string>(channels.frame),
  onConnection: hear<boolean>(channels.connection),
  pathsOf: (files) => files.map((file) => webUtils.getPathForFile(file)),
  chooseFiles: (options) => ipcRenderer.invoke(channels.chooseFiles, options) as Promise<string[]>,
  chooseFolder: (options) =>
    ipcRenderer.invoke(channels.chooseFolder, options) as Promise<string | null>,
  chooseSavePath: (options) =>
    ipcRenderer.invoke(channels.chooseSavePath, options) as Promise<string | null>,
  revealInFolder: (path) => ipcRenderer.send(channels.reveal, path),
  notify: (message) => ipcRenderer.send(channels.notify, message),
  setProgress: (share) => ipcRenderer.send(channels.progress, share),
  setWords: (words) => ipcRenderer.send(channels.words, words),
  onMenu: hear<string>(channels.menu),
  onOpenPaths: hear<readonly string[]>(channels.openPaths),
};

contextBridge.exposeInMainWorld('lensmithDesktop', bridge);
