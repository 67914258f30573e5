import type { DesktopWords } from './desktop-words.ts';

/**
 * What the desktop shell adds to the page, as `window.lensmithDesktop`. A page in a browser has none
 * of it and goes without: dropped files are uploaded, folders are typed.
 */
export interface DesktopBridge {
  readonly platform: 'linux' | 'darwin' | 'win32';
  /** Sends a request frame to the core. */
  send(frame: string): void;
  /** Frames from the core, in order; returns the way to stop. */
  onFrame(listener: (frame: string) => void): () => void;
  /** Whether the core is there; it is started again when it ends. */
  onConnection(listener: (isConnected: boolean) => void): () => void;
  /** The path of each dropped or pasted file; empty for one that is on no disk. */
  pathsOf(files: readonly File[]): string[];
  /** Native dialogs; empty when the person thinks better of it. */
  chooseFiles(options: { title: string; extensions?: readonly string[] }): Promise<string[]>;
  chooseFolder(options: { title: string }): Promise<string | null>;
  chooseSavePath(options: { title: string; defaultName: string }): Promise<string | null>;
  /** Opens the system's file manager at a file of the project. */
  revealInFolder(path: string): void;
  notify(message: { title: string; body: string }): void;
  /** Progress on the task bar or dock: 0 … 1, or null for none. */
  setProgress(share: number | null): void;
  /** What the menus and notices of the shell say, in the language of the page. */
  setWords(words: DesktopWords): void;
  /** Acts of the menu: `open-project`, `import`, `undo`, `redo`, `palette` … */
  onMenu(listener: (action: string) => void): () => void;
  /** Files and folders that the person named to the program: on its command line, on its icon. */
  onOpenPaths(listener: (paths: readonly string[]) => void): () => void;
}

declare global {
  interface Window {
    readonly lensmithDesktop?: DesktopBridge;
  }
}
