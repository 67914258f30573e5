import type { Clip } from '../../../../src-main/ipc/contract/video.ts';
import type { ErrorWire } from '../../../../src-main/ipc/contract/wire.ts';
import type { ItemCard } from '../../../../src-main/ipc/contract/library.ts';
import { fileUrl, playableUrl } from '../../../api/media-url.ts';
import { ElementPlayer } from './element-player.ts';
import { FrameClock } from './frame-clock.ts';
import { FrameShow } from './frame-show.svelte.ts';
import { glanceAt } from './proof.ts';
import type { Proof } from './proof.ts';
import { VideoPicture } from './video-picture.ts';

export interface Span {
  readonly startFrame: number;
  readonly endFrame: number;
}

type Direction = 1 | -1;
/** What is run by a video element: the file itself, or its copy for browsers. */
type Source = 'original' | 'preview' | 'none';

const fastest = 8;

/**
 * Plays one video. What stands is always a frame as training decodes it; what runs is the browser's own
 * picture where it can play the file or its preview, and decoded frames, as fast as they come, where it
 * cannot and backwards.
 */
export class Player {
  readonly clock: FrameClock;
  readonly picture: VideoPicture;
  /** The frame that is meant; it stands on the stage once `shown` says so. */
  frame: number = $state(0);
  isPlaying: boolean = $state(false);
  /** 1 is as recorded, below zero backwards. */
  rate: number = $state(1);
  loop: Span | null = $state.raw(null);
  isMuted: boolean = $state(false);
  source: Source = $state('none');
  readonly #item: ItemCard;
  readonly #clip: Clip;
  readonly #show: FrameShow;
  #element: Promise<ElementPlayer | null> | null = null;
  #running: ElementPlayer | null = null;
  #turn = 0;

  /** @param stale told when the list of frames proves wrong: the clip is to be read again */
  constructor(item: ItemCard, clip: Clip, stale: () => void) {
    this.#item = item;
    this.#clip = clip;
    this.clock = new FrameClock(clip);
    this.picture = new VideoPicture(item);
    const isRunning = (): boolean => this.isPlaying;
    this.#show = new FrameShow(item, this.picture, this.clock.count, isRunning, stale);
    this.source = clip.isPlayable ? 'original' : clip.hasPreview ? 'preview' : 'none';
  }

  /** The frame that stands on the stage; null while the browser shows its own picture. */
  get shown(): number | null {
    return this.#show.shown;
  }

  get proof(): Proof | 'pending' {
    return this.#show.proof;
  }

  /** By how many frames the browser's picture was off when it was last stopped. */
  get strayed(): number {
    return this.#show.strayed;
  }

  get problem(): ErrorWire | null {
    return this.#show.problem;
  }

  get seconds(): number {
    return this.clock.startOf(this.frame);
  }

  /** The file itself does not play here, and its copy is not made yet. */
  get needsPreview(): boolean {
    return this.source === 'none';
  }

  /** The copy for browsers is there. */
  previewMade(): void {
    if (this.source === 'original') return;
    this.source = 'preview';
    this.#element = null;
  }

  /** Goes to a frame; a video that runs goes on from there. */
  seek(frame: number): void {
    const next = this.clock.clamp(frame);
    const direction = next < this.frame ? -1 : 1;
    this.frame = next;
    this.#show.strayed = 0;
    if (this.isPlaying) void this.play(this.rate);
    else void this.#show.show(next, direction);
  }

  step(frames: number): void {
    this.pause();
    this.seek(this.frame + frames);
  }

  toSeconds(seconds: number): void {
    this.seek(this.clock.at(seconds));
  }

  toggle(): void {
    if (this.isPlaying) this.pause();
    else void this.play(1);
  }

  /** J and L: once starts, each further time doubles; the other direction begins anew. */
  shuttle(direction: Direction): void {
    const isFaster = this.isPlaying && Math.sign(this.rate) === direction;
    const speed = isFaster ? Math.min(fastest, Math.abs(this.rate) * 2) : 1;
    void this.play(direction * speed);
  }

  async play(rate: number): Promise<void> {
    const turn = this.#halt();
    this.rate = rate;
    this.isPlaying = true;
    this.#show.strayed = 0;
    this.#begin(rate > 0 ? 1 : -1);
    const player = rate > 0 ? await this.#openElement() : null;
    if (turn !== this.#turn) return;
    if (player === null) await this.#runDecoded(turn);
    else await this.#runElement(player, turn);
  }

  pause(): void {
    if (!this.isPlaying) return;
    const player = this.#running;
    const direction = this.rate < 0 ? -1 : 1;
    this.#halt();
    this.isPlaying = false;
    const seen = player === null ? null : glanceAt(player.element);
    const { frame } = this;
    const isStill = (): boolean => this.frame === frame && !this.isPlaying;
    void this.#show.show(frame, direction).then(() => this.#show.compare(seen, frame, isStill));
  }

  setMuted(isMuted: boolean): void {
    this.isMuted = isMuted;
    if (this.#running !== null) this.#running.element.muted = isMuted;
  }

  destroy(): void {
    this.#halt();
    void this.#element?.then((player) => player?.close());
    this.#show.close();
  }

  /** At the end it begins again; in a loop it begins within. */
  #begin(direction: Direction): void {
    const { startFrame, endFrame } = this.loop ?? { startFrame: 0, endFrame: this.clock.count };
    const isOut = this.frame < startFrame || this.frame >= endFrame;
    const atEnd = direction === 1 ? this.frame === endFrame - 1 : this.frame === startFrame;
    if (this.loop === null ? atEnd : isOut || atEnd) {
      this.frame = direction === 1 ? startFrame : endFrame - 1;
    }
  }

  #halt(): number {
    this.#running?.stop();
    this.#running = null;
    this.#show.unrest();
    return ++this.#turn;
  }

  /** Seconds of the element's file at the first frame. */
  get #offset(): number {
    if (this.source === 'preview') return 0;
    // Browsers count from zero, but move a file that begins before it.
    return this.clock.firstSeconds - Math.min(0, this.#clip.startSeconds);
  }

  async #openElement(): Promise<ElementPlayer | null> {
    if (this.source === 'none') return null;
    const { id, hash } = this.#item;
    const url = this.source === 'original' ? fileUrl(id, hash) : playableUrl(id, hash);
    this.#element ??= ElementPlayer.open(url);
    const player = await this.#element;
    if (player !== null || this.source !== 'original') return player;
    // A browser without this codec.
    this.source = this.#clip.hasPreview ? 'preview' : 'none';
    this.#element = null;
    return this.#openElement();
  }

  async #runElement(player: ElementPlayer, turn: number): Promise<void> {
    this.#running = player;
    player.element.muted = this.isMuted;
    const again = (): void => {
      if (turn !== this.#turn) return;
      if (this.loop === null) this.pause();
      else void this.play(this.rate);
    };
    const presented = (mediaTime: number): void => {
      if (turn !== this.#turn) return;
      this.frame = this.clock.at(mediaTime - this.#offset);
      this.#show.showElement(player.element);
      if (this.loop !== null && this.frame >= this.loop.endFrame) again();
    };
    // Half a millisecond in, so that rounding does not show the frame before.
    const from = this.#offset + this.seconds + 5e-4;
    try {
      await player.run(from, this.rate, presented, again);
    } catch {
      if (turn === this.#turn) await this.#runDecoded(turn);
    }
  }

  async #runDecoded(turn: number): Promise<void> {
    const direction = this.rate < 0 ? -1 : 1;
    let seconds = this.seconds;
    await this.#show.show(this.frame, direction);
    let before = performance.now();
    while (turn === this.#turn) {
      const now = await new Promise<number>((resolve) => requestAnimationFrame(resolve));
      if (turn !== this.#turn) return;
      seconds += (Math.max(0, now - before) / 1000) * this.rate;
      before = now;
      const { startFrame, endFrame } = this.loop ?? { startFrame: 0, endFrame: this.clock.count };
      const isOver =
        seconds >= this.clock.startOf(endFrame) || seconds < this.clock.startOf(startFrame);
      if (isOver && this.loop === null) {
        this.frame = direction === 1 ? endFrame - 1 : startFrame;
        this.pause();
        return;
      }
      if (isOver) seconds = this.clock.startOf(direction === 1 ? startFrame : endFrame - 1);
      const frame = this.clock.at(seconds);
      if (frame === this.frame) continue;
      this.frame = frame;
      await this.#show.show(frame, direction);
      // Frames that are long in coming slow it down; none is left out for their sake.
      before = performance.now();
    }
  }
}
