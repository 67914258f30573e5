/** A video element that runs, and tells which frame it presents. */

/** How long the element may take to say that it can play. */
const openTimeoutMs = 15_000;

export interface Presented {
  /** Called for each frame that the element presents, with its time in the element's file. */
  (mediaTime: number): void;
}

export class ElementPlayer {
  readonly element: HTMLVideoElement;
  #callback: number | null = null;

  private constructor(element: HTMLVideoElement) {
    this.element = element;
  }

  /** @returns null where the browser does not play it */
  static async open(url: string): Promise<ElementPlayer | null> {
    const element = document.createElement('video');
    element.preload = 'auto';
    element.playsInline = true;
    const isOpen = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), openTimeoutMs);
      const settle = (value: boolean) => (): void => {
        clearTimeout(timer);
        resolve(value);
      };
      element.addEventListener('loadeddata', settle(true), { once: true });
      element.addEventListener('error', settle(false), { once: true });
      element.src = url;
    });
    // Sound alone is played too, by a browser that does not know the picture.
    const player = new ElementPlayer(element);
    if (isOpen && element.videoWidth > 0) return player;
    player.close();
    return null;
  }

  /** Runs from a time on. @throws DOMException where the browser does not let it begin */
  async run(seconds: number, rate: number, presented: Presented, ended: () => void): Promise<void> {
    const { element } = this;
    this.#listen(presented);
    element.onended = ended;
    element.playbackRate = rate;
    element.currentTime = seconds;
    await element.play();
  }

  stop(): void {
    if (this.#callback !== null) this.element.cancelVideoFrameCallback(this.#callback);
    this.#callback = null;
    this.element.onended = null;
    this.element.pause();
  }

  close(): void {
    this.stop();
    this.element.removeAttribute('src');
    this.element.load();
  }

  #listen(presented: Presented): void {
    if (this.#callback !== null) this.element.cancelVideoFrameCallback(this.#callback);
    this.#callback = this.element.requestVideoFrameCallback((_now, { mediaTime }) => {
      this.#callback = null;
      this.#listen(presented);
      presented(mediaTime);
    });
  }
}
