import type { Clip } from '../../../../src-main/ipc/contract/video.ts';
import type { ErrorWire } from '../../../../src-main/ipc/contract/wire.ts';
import type { ItemCard } from '../../../../src-main/ipc/contract/library.ts';
import { errorWireOf } from '../../../api/client.ts';
import { fileUrl, playableUrl } from '../../../api/media-url.ts';
import { ElementPlayer } from './element-player.ts';
import { FrameClock } from './frame-clock.ts';
import { FrameLoader } from './frame-loader.ts';
import type { LoadedFrame } from './frame-loader.ts';
import { glanceAt, prove, strayedFrom } from './proof.ts';
import type { Glance, Proof } from './proof.ts';
import { VideoPicture } from './video-picture.ts';

export interface Span {
  readonly startFrame: number;
  readonly endFrame: number;
}

type Direction = 1 | -1;
/** What is run by a video element: the file itself, or its copy for browsers. */
type Source = 'original' | 'preview' | 'none';

/** A stop is proved once it is one. */
const restMs = 200;
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
  shown: number | null = $state(null);
  isPlaying: boolean = $state(false);
  /** 1 is as recorded, below zero backwards. */
  rate: number = $state(1);
  loop: Span | null = $state.raw(null);
  isMuted: boolean = $state(false);
  proof: Proof | 'pending' = $state('pending');
  /** By how many frames the browser's picture was off when it was last stopped. */
  strayed: number = $state(0);
  source: Source = $state('none');
  problem: ErrorWire | null = $state.raw(null);
  readonly #item: ItemCard;
  readonly #clip: Clip;
  readonly #loader: FrameLoader;
  readonly #stale: () => void;
  #element: Promise<ElementPlayer | null> | null = null;
  #running: ElementPlayer | null = null;
  #turn = 0;
  #showing = 0;
  #rest: ReturnType<typeof setTimeout> | undefined;

  /** @param stale told when the list of frames proves wrong: the clip is to be read again */
  constructor(item: ItemCard, clip: Clip, stale: () => void) {
    this.#item = item;
    this.#clip = clip;
    this.#stale = stale;
    this.clock = new FrameClock(clip);
    this.picture = new VideoPicture(item);
    this.#loader = new FrameLoader(item, this.clock.count);
    this.source = clip.isPlayable ? 'original' : clip.hasPreview ? 'preview' : 'none';
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
    this.strayed = 0;
    if (this.isPlaying) void this.play(this.rate);
    else void this.#show(next, direction);
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
    this.strayed = 0;
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
    void this.#show(this.frame, direction).then(() => this.#compare(seen));
  }

  setMuted(isMuted: boolean): void {
    this.isMuted = isMuted;
    if (this.#running !== null) this.#running.element.muted = isMuted;
  }

  destroy(): void {
    this.#halt();
    this.#showing += 1;
    clearTimeout(this.#rest);
    void this.#element?.then((player) => player?.close());
    this.#loader.close();
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
    clearTimeout(this.#rest);
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
      this.#showing += 1;
      this.shown = null;
      this.picture.show(player.element);
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
    await this.#show(this.frame, direction);
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
      await this.#show(frame, direction);
      // Frames that are long in coming slow it down; none is left out for their sake.
      before = performance.now();
    }
  }

  /** Shows a frame as training decodes it, unless another was asked for meanwhile. */
  async #show(frame: number, direction: Direction): Promise<void> {
    const showing = ++this.#showing;
    this.proof = 'pending';
    try {
      const loaded = await this.#loader.load(frame, direction);
      if (showing !== this.#showing) return;
      this.picture.show(loaded.bitmap);
      this.shown = frame;
      this.problem = null;
      clearTimeout(this.#rest);
      this.#rest = setTimeout(() => void this.#prove(loaded, showing), restMs);
    } catch (thrown) {
      if (showing !== this.#showing) return;
      const error = errorWireOf(thrown);
      if (error.code === 'media/frames-differ') this.#stale();
      else this.problem = error;
    }
  }

  async #prove({ bitmap, sha256 }: LoadedFrame, showing: number): Promise<void> {
    if (this.isPlaying) return;
    const proof = await prove(bitmap, sha256);
    if (showing === this.#showing) this.proof = proof;
  }

  /** Tells when what the browser showed last was another frame than the one that it named. */
  async #compare(seen: Glance | null): Promise<void> {
    const { frame } = this;
    if (seen === null || this.shown !== frame) return;
    const off = await strayedFrom(seen, frame, async (index) => {
      if (index < 0 || index > this.clock.last) return null;
      return (await this.#loader.load(index, 1).catch(() => null))?.bitmap ?? null;
    });
    // One ahead is no error: the element went on between its last word and the stop.
    if (this.frame === frame && !this.isPlaying) this.strayed = off === 1 ? 0 : off;
  }
}
