import { Menu, nativeImage, powerSaveBlocker, Tray } from 'electron';
import type { BrowserWindow, NativeImage } from 'electron';
import type { DesktopWords } from '../ipc/contract/desktop-words.ts';
import { ringImage } from './ring-image.ts';

/** Pixels of the icon at a scale of 1; bars draw it at 16 to 22. */
const iconSize = 22;

export interface ProgressOptions {
  readonly window: () => BrowserWindow | null;
  readonly showWindow: () => void;
  readonly quit: () => void;
  readonly words: () => DesktopWords;
}

/**
 * Shows how far long work has got: on the task bar or dock, and in the tray, whose icon is there only
 * meanwhile. The machine does not go to sleep over it.
 */
export class Progress {
  readonly #options: ProgressOptions;
  #tray: Tray | null = null;
  #blockerId: number | null = null;
  #shownPercent = -1;

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  /** @param share 0 … 1; null: nothing is going on */
  set(share: number | null): void {
    this.#options.window()?.setProgressBar(share ?? -1);
    if (share === null) {
      this.clear();
      return;
    }
    this.#blockerId ??= powerSaveBlocker.start('prevent-app-suspension');
    const percent = Math.floor(share * 100);
    if (percent === this.#shownPercent) return;
    this.#shownPercent = percent;
    const tray = (this.#tray ??= this.#makeTray());
    tray.setImage(icon(share));
    tray.setToolTip(`Lensmith: ${percent} %`);
  }

  #makeTray(): Tray {
    const { showWindow, quit, words } = this.#options;
    const tray = new Tray(icon(0));
    tray.on('click', showWindow);
    tray.setContextMenu(
      Menu.buildFromTemplate([
        { label: words().showWindow, click: showWindow },
        { label: words().quit, click: quit },
      ]),
    );
    return tray;
  }

  clear(): void {
    this.#tray?.destroy();
    this.#tray = null;
    this.#shownPercent = -1;
    if (this.#blockerId !== null) powerSaveBlocker.stop(this.#blockerId);
    this.#blockerId = null;
  }
}

function icon(share: number): NativeImage {
  const image = nativeImage.createEmpty();
  for (const scaleFactor of [1, 2]) {
    const { width, height, pixels } = ringImage(share, iconSize * scaleFactor);
    image.addRepresentation({ scaleFactor, width, height, buffer: pixels });
  }
  return image;
}
