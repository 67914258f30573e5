import { isAbsolute } from 'node:path';
import { dialog, ipcMain, Notification, shell } from 'electron';
import type { BrowserWindow, IpcMainEvent, IpcMainInvokeEvent } from 'electron';
import * as v from 'valibot';
import { pageUrl } from './app-protocol.ts';
import { desktopWords } from '../ipc/contract/desktop-words.ts';
import type { DesktopWords } from '../ipc/contract/desktop-words.ts';
import { channels } from './channels.ts';

/** What the page asks of the shell besides native dialogs. */
export interface BridgeHost {
  readonly window: () => BrowserWindow | null;
  readonly showWindow: () => void;
  readonly sendFrame: (frame: string) => void;
  readonly setProgress: (share: number | null) => void;
  readonly setWords: (words: DesktopWords) => void;
  /** The page listens to this channel from now on. */
  readonly onListening: (channel: string) => void;
}

const title = v.pipe(v.string(), v.maxLength(500));
const chooseFilesInput = v.object({
  title,
  extensions: v.optional(v.array(v.pipe(v.string(), v.regex(/^\.?[\w-]+$/)))),
});
const chooseFolderInput = v.object({ title });
const chooseSavePathInput = v.object({ title, defaultName: v.string() });
const path = v.pipe(v.string(), v.check(isAbsolute));
const message = v.object({ title, body: v.pipe(v.string(), v.maxLength(2000)) });
const share = v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(1)));

/** Only the page itself, in the main frame of our window, is listened to. */
function isOurPage(event: IpcMainEvent | IpcMainInvokeEvent, window: BrowserWindow | null) {
  const frame = event.senderFrame;
  return (
    window !== null &&
    event.sender === window.webContents &&
    frame !== null &&
    frame === window.webContents.mainFrame &&
    new URL(frame.url).href.startsWith(pageUrl)
  );
}

/** Serves the preload. What comes from elsewhere, or is not of the right form, is passed over. */
export function serveBridge(host: BridgeHost): void {
  function on<T>(channel: string, schema: v.GenericSchema<unknown, T>, act: (input: T) => void) {
    ipcMain.on(channel, (event, input: unknown) => {
      const parsed = v.safeParse(schema, input);
      if (isOurPage(event, host.window()) && parsed.success) act(parsed.output);
    });
  }
  on(channels.frame, v.string(), host.sendFrame);
  on(channels.listening, v.string(), host.onListening);
  on(channels.progress, share, host.setProgress);
  on(channels.words, desktopWords, host.setWords);
  on(channels.reveal, path, (file) => shell.showItemInFolder(file));
  on(channels.notify, message, (text) => notify(text, host));
  serveDialogs(host);
}

function serveDialogs({ window }: BridgeHost): void {
  /** @param refused the answer to whoever is not our page */
  function handle<T, R>(
    channel: string,
    schema: v.GenericSchema<unknown, T>,
    refused: R,
    act: (input: T, window: BrowserWindow) => Promise<R>,
  ): void {
    ipcMain.handle(channel, async (event, input: unknown): Promise<R> => {
      const parent = window();
      if (parent === null || !isOurPage(event, parent)) return refused;
      return act(v.parse(schema, input), parent);
    });
  }
  handle(channels.chooseFiles, chooseFilesInput, [] as string[], async (input, parent) => {
    const extensions = input.extensions?.map((extension) => extension.replace(/^\./, ''));
    const { canceled, filePaths } = await dialog.showOpenDialog(parent, {
      title: input.title,
      properties: ['openFile', 'multiSelections'],
      filters: extensions === undefined ? [] : [{ name: input.title, extensions }],
    });
    return canceled ? [] : filePaths;
  });
  handle(channels.chooseFolder, chooseFolderInput, null as string | null, async (input, parent) => {
    const { canceled, filePaths } = await dialog.showOpenDialog(parent, {
      title: input.title,
      properties: ['openDirectory', 'createDirectory'],
    });
    return canceled ? null : (filePaths[0] ?? null);
  });
  handle(
    channels.chooseSavePath,
    chooseSavePathInput,
    null as string | null,
    async (input, parent) => {
      const { canceled, filePath } = await dialog.showSaveDialog(parent, {
        title: input.title,
        defaultPath: input.defaultName,
      });
      return canceled || filePath === '' ? null : filePath;
    },
  );
}

function notify(text: v.InferOutput<typeof message>, { showWindow }: BridgeHost): void {
  if (!Notification.isSupported()) return;
  const notification = new Notification(text);
  notification.on('click', showWindow);
  notification.show();
}
