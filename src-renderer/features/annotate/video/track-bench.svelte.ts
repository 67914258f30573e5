import type { Track, VideoEdit } from '../../../../src-main/ipc/contract/video-marks.ts';
import { acts } from './acts.ts';
import type { FrameClock } from './frame-clock.ts';
import {
  keyframeAt,
  pinned,
  placed,
  toggledOccluded,
  toggledOutside,
  unpinned,
} from './track-acts.ts';
import type { VideoBench } from './video-bench.svelte.ts';

type Box = Parameters<typeof keyframeAt>[1];

/** What is done to tracks on the bench, each as one act: to the chosen one where none is named. */
export class TrackBench {
  readonly #bench: VideoBench;

  constructor(bench: VideoBench) {
    this.#bench = bench;
  }

  /** A box was drawn: a track of its own, or where the chosen track is not in the picture its return. */
  async draw(box: Box): Promise<void> {
    const { frame, track, marks } = this.#bench;
    const { clock } = this.#bench.player;
    if (track !== undefined && !isInPicture(track, frame)) {
      await marks.act(acts.moveBox, () => placed(track, frame, box, clock));
      return;
    }
    const keyframes = [keyframeAt(frame, box, clock)];
    const facts = { ...this.#bench.blank(), isHidden: false, isLocked: false, keyframes };
    await this.#bench.add('track', acts.addTrack, { kind: 'add-track', track: facts });
  }

  async moveBoxes(boxes: readonly { readonly id: number; readonly box: Box }[]): Promise<void> {
    const { frame, marks, player } = this.#bench;
    await marks.act(acts.moveBox, () =>
      boxes.flatMap(({ id, box }) => {
        const track = marks.all.tracks.find((one) => one.id === id);
        return track === undefined ? [] : placed(track, frame, box, player.clock);
      }),
    );
  }

  async pin(): Promise<void> {
    await this.#change(acts.pin, pinned);
  }

  async unpin(): Promise<void> {
    await this.#change(acts.unpin, unpinned);
  }

  async toggleOutside(): Promise<void> {
    await this.#change(acts.outside, toggledOutside);
  }

  async toggleOccluded(): Promise<void> {
    await this.#change(acts.occluded, toggledOccluded);
  }

  async set(change: { isHidden?: boolean; isLocked?: boolean }, act: string): Promise<void> {
    const { track, marks } = this.#bench;
    const id = track?.id;
    if (id !== undefined) await marks.act(act, () => [{ kind: 'change-track', id, change }]);
  }

  async #change(
    act: string,
    edits: (track: Track, frame: number, clock: FrameClock) => VideoEdit[],
  ): Promise<void> {
    const { frame, marks } = this.#bench;
    await marks.act(act, () => {
      const { track, player } = this.#bench;
      return track === undefined ? [] : edits(track, frame, player.clock);
    });
  }
}

function isInPicture({ keyframes }: Track, frame: number): boolean {
  const last = keyframes.findLast((one) => one.frame <= frame);
  return last !== undefined && !last.isOutside;
}
