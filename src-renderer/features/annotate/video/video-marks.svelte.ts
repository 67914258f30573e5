import type { VideoEdit, VideoMarks } from '../../../../src-main/ipc/contract/video-marks.ts';
import type { ErrorWire } from '../../../../src-main/ipc/contract/wire.ts';
import { client, errorWireOf } from '../../../api/client.ts';

const none: VideoMarks = { segments: [], events: [], tracks: [] };

/** The marks of one video as the core last told of them; acts go out one after another. */
export class VideoMarksStore {
  readonly itemId: number;
  isLoaded: boolean = $state(false);
  isSaving: boolean = $state(false);
  all: VideoMarks = $state.raw(none);
  readonly #refused: (error: ErrorWire) => void;
  /** Acts that wait or are on their way. */
  #queue: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #turn = 0;
  #newest: Promise<void> = Promise.resolve();

  /** @param refused told why an act did not come about */
  constructor(itemId: number, refused: (error: ErrorWire) => void) {
    this.itemId = itemId;
    this.#refused = refused;
  }

  /** Reads the marks. Who waits for it finds them no older than his call. */
  refresh(): Promise<void> {
    this.#newest = this.#read(++this.#turn);
    return this.#newest;
  }

  async #read(turn: number): Promise<void> {
    try {
      const all = await client.call('video.marks', { itemId: this.itemId });
      if (turn !== this.#turn) return this.#newest;
      this.all = all;
      this.isLoaded = true;
    } catch (thrown) {
      this.#refused(errorWireOf(thrown));
    }
  }

  /**
   * Makes edits as one act. What they are is asked when those before are done, so that keys in quick
   * succession each build on what the one before left.
   * @param edits empty: there is nothing to do
   * @returns ids of what was added; null where nothing was done
   */
  act(act: string, edits: () => readonly VideoEdit[]): Promise<(number | null)[] | null> {
    return this.#inTurn(() => this.#send(act, edits()));
  }

  /** Undoes or redoes what was done before the call; acts after it find the marks that this leaves. */
  afterActs(step: () => Promise<void>): Promise<void> {
    return this.#inTurn(async () => {
      await step();
      await this.refresh();
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    this.#waiting += 1;
    this.isSaving = true;
    const result = this.#queue.then(work);
    this.#queue = result.finally(() => {
      this.#waiting -= 1;
      this.isSaving = this.#waiting > 0;
    });
    return result;
  }

  async #send(act: string, edits: readonly VideoEdit[]): Promise<(number | null)[] | null> {
    if (edits.length === 0) return null;
    try {
      const input = { itemId: this.itemId, edits: [...edits], act };
      const ids = await client.call('video.edit', input);
      await this.refresh();
      return ids;
    } catch (thrown) {
      this.#refused(errorWireOf(thrown));
      return null;
    }
  }
}
