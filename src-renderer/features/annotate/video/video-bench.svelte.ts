import type {
  PointEvent,
  Segment,
  Track,
  VideoEdit,
} from '../../../../src-main/ipc/contract/video-marks.ts';
import type { AnnotationCanvas } from '../../../canvas/annotation-canvas.ts';
import { toasts } from '../../../ui/toasts.svelte.ts';
import type { Labels } from '../labels.svelte.ts';
import type { Player } from './player.svelte.ts';
import { merged, moveEdge, nextOf, splitAt, stretch } from './segment-acts.ts';
import type { Edge } from './segment-acts.ts';
import { acts } from './acts.ts';
import { texts } from './texts/index.ts';
import { neighbourKeyframe } from './track-acts.ts';
import { TrackBench } from './track-bench.svelte.ts';
import { VideoMarksStore } from './video-marks.svelte.ts';

export type MarkKind = 'segment' | 'event' | 'track';
export interface Chosen {
  readonly kind: MarkKind;
  readonly id: number;
}
export type VideoMark = Segment | PointEvent | Track;
/** What may be said of every mark. */
export type Saying = Partial<Pick<Segment, 'labelId' | 'attributes' | 'text'>>;

/** What lies on the bench while a video is marked: its player, its marks, and which of them is chosen. */
export class VideoBench {
  readonly labels: Labels;
  readonly player: Player;
  readonly marks: VideoMarksStore;
  readonly tracks = new TrackBench(this);
  canvas: AnnotationCanvas | null = $state.raw(null);
  tool: 'select' | 'box' = $state('select');
  scale: number = $state(1);
  activeLabelId: number | null = $state(null);
  chosen: Chosen | null = $state.raw(null);
  /** Where the next segment is to begin. */
  pendingIn: number | null = $state(null);

  constructor(itemId: number, labels: Labels, player: Player) {
    this.labels = labels;
    this.player = player;
    this.marks = new VideoMarksStore(itemId, ({ message, hint }) => {
      const text = texts().notSaved(message);
      toasts.show(hint === undefined ? text : `${text} ${hint}`, { tone: 'error' });
    });
  }

  get frame(): number {
    return this.player.frame;
  }

  get segment(): Segment | undefined {
    return this.marks.all.segments.find(({ id }) => this.isChosen('segment', id));
  }

  get event(): PointEvent | undefined {
    return this.marks.all.events.find(({ id }) => this.isChosen('event', id));
  }

  get track(): Track | undefined {
    return this.marks.all.tracks.find(({ id }) => this.isChosen('track', id));
  }

  get mark(): VideoMark | undefined {
    return this.segment ?? this.event ?? this.track;
  }

  /** As lists of labels ask for it. */
  get selection(): readonly number[] {
    return this.mark === undefined ? [] : [this.mark.id];
  }

  isChosen(kind: MarkKind, id: number): boolean {
    return this.chosen?.kind === kind && this.chosen.id === id;
  }

  choose(chosen: Chosen | null): void {
    this.chosen = chosen;
    this.canvas?.setSelection(chosen?.kind === 'track' ? [chosen.id] : []);
  }

  setTool(tool: 'select' | 'box'): void {
    this.tool = tool;
    this.canvas?.setTool(tool);
    this.canvas?.focus();
  }

  async chooseLabel(labelId: number | null): Promise<void> {
    this.activeLabelId = labelId;
    await this.say({ labelId }, acts.label);
  }

  /** Says something of the chosen mark. */
  async say(change: Saying, act: string): Promise<void> {
    // Which one that is, is asked once the acts before are done: they may choose another.
    await this.marks.act(act, () => {
      const { chosen } = this;
      if (chosen === null) return [];
      return [{ kind: `change-${chosen.kind}`, id: chosen.id, change } as VideoEdit];
    });
  }

  /** I: the start of the chosen segment where the playhead may be that, else of the next one. */
  setIn(): void {
    const { frame, segment } = this;
    if (segment !== undefined && frame < segment.endFrame)
      void this.moveEdge(segment, 'start', frame);
    else {
      this.choose(null);
      this.pendingIn = frame;
    }
  }

  /** O: the end, with the frame that is shown. */
  async setOut(): Promise<void> {
    const { frame, segment, pendingIn } = this;
    if (pendingIn !== null && frame >= pendingIn) {
      this.pendingIn = null;
      await this.addSegment(pendingIn, frame + 1);
    } else if (segment !== undefined && frame >= segment.startFrame) {
      await this.moveEdge(segment, 'end', frame + 1);
    } else {
      toasts.show(texts().inFirst, { tone: 'warning' });
    }
  }

  async addSegment(startFrame: number, endFrame: number): Promise<void> {
    const segment = { ...stretch(this.player.clock, startFrame, endFrame), ...this.blank() };
    await this.add('segment', acts.addSegment, { kind: 'add-segment', segment });
  }

  async addEvent(): Promise<void> {
    const { frame } = this;
    const event = { frame, seconds: this.player.clock.startOf(frame), ...this.blank() };
    await this.add('event', acts.addEvent, { kind: 'add-event', event });
  }

  async moveEdge(segment: Segment, edge: Edge, frame: number): Promise<void> {
    const { id } = segment;
    await this.marks.act(acts.moveEdge, () => {
      const now = this.marks.all.segments.find((one) => one.id === id);
      return now === undefined ? [] : moveEdge(now, edge, frame, this.player.clock);
    });
  }

  /** Moves an edge of the chosen segment by frames. */
  async nudge(edge: Edge, frames: number): Promise<void> {
    await this.marks.act(acts.moveEdge, () => {
      const now = this.segment;
      if (now === undefined) return [];
      const from = edge === 'start' ? now.startFrame : now.endFrame;
      return moveEdge(now, edge, from + frames, this.player.clock);
    });
  }

  async moveEvent(id: number, frame: number): Promise<void> {
    const change = { frame, seconds: this.player.clock.startOf(frame) };
    await this.marks.act(acts.moveEvent, () => [{ kind: 'change-event', id, change }]);
  }

  /** The chosen segment, else those under the playhead, in two there. */
  async split(): Promise<void> {
    const { frame } = this;
    const { clock } = this.player;
    const isUnder = ({ startFrame, endFrame }: Segment): boolean =>
      startFrame < frame && frame < endFrame;
    const under = this.marks.all.segments.filter(isUnder);
    const meant = under.filter(({ id }) => this.isChosen('segment', id));
    const list = meant.length > 0 ? meant : under;
    const ids = await this.marks.act(acts.split, () =>
      list.flatMap((segment) => splitAt(segment, frame, clock)),
    );
    const added = ids?.find((id) => id !== null);
    if (added !== undefined && added !== null) this.choose({ kind: 'segment', id: added });
    else if (list.length === 0) toasts.show(texts().nothingToSplit, { tone: 'warning' });
  }

  /** The chosen segment and the one after it, as one. */
  async merge(): Promise<void> {
    await this.marks.act(acts.merge, () => {
      const { segment } = this;
      const next = segment && nextOf(this.marks.all.segments, segment);
      if (segment !== undefined && next !== undefined) {
        return merged(segment, next, this.player.clock);
      }
      toasts.show(texts().nothingToMerge, { tone: 'warning' });
      return [];
    });
  }

  async remove(): Promise<void> {
    const { chosen } = this;
    if (chosen === null) return;
    this.choose(null);
    await this.marks.act(acts.remove[chosen.kind], () => [
      { kind: `remove-${chosen.kind}`, id: chosen.id },
    ]);
  }

  /** Goes to the next keyframe of the chosen track, else to the next edge of any mark. */
  jump(step: 1 | -1): void {
    const { frame, track } = this;
    const next =
      track === undefined ? this.#edge(frame, step) : neighbourKeyframe(track, frame, step);
    if (next !== null) this.player.seek(next);
  }

  #edge(frame: number, step: 1 | -1): number | null {
    const { segments, events } = this.marks.all;
    const edges = [
      ...segments.flatMap(({ startFrame, endFrame }) => [startFrame, endFrame - 1]),
      ...events.map((event) => event.frame),
    ];
    const beyond = edges.filter((edge) => (step === 1 ? edge > frame : edge < frame));
    if (beyond.length === 0) return null;
    return step === 1 ? Math.min(...beyond) : Math.max(...beyond);
  }

  /** Adds a mark, and chooses it. */
  async add(kind: MarkKind, act: string, edit: VideoEdit): Promise<void> {
    const before = this.chosen;
    const ids = await this.marks.act(act, () => [edit]);
    const id = ids?.[0];
    // Not where the person has gone on meanwhile.
    if (id !== undefined && id !== null && this.chosen === before) this.choose({ kind, id });
  }

  /** What a new mark says: the label that is in hand. */
  blank(): { labelId: number | null; attributes: Record<string, never>; text: string } {
    const isKnown = this.labels.of(this.activeLabelId) !== undefined;
    return { labelId: isKnown ? this.activeLabelId : null, attributes: {}, text: '' };
  }
}
