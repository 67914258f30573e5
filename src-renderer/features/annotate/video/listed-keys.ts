import type { ItemCard } from '../../../../src-main/ipc/contract/library.ts';
import type { Shortcut } from '../../../ui/keyboard.ts';
import { Labels } from '../labels.svelte.ts';
import { Player } from './player.svelte.ts';
import { TimelineView } from './timeline-view.svelte.ts';
import { VideoBench } from './video-bench.svelte.ts';
import { videoKeys } from './video-keys.ts';

const card: ItemCard = {
  ...{ id: 0, kind: 'video', name: '', hash: '', width: 1, height: 1, durationMs: null },
  ...{ split: null, rating: 0, isMissing: false, tags: [], markCount: 0, sampleCount: 0 },
};
const clip = {
  ...{ times: '', keyframes: '', durationSeconds: 1, firstSeconds: 0, startSeconds: 0 },
  ...{ isDecoded: false, variableRate: false, hasAudio: false, codec: '', pixelFormat: null },
  ...{ isPlayable: false, hasPreview: false },
};

/** The acts of a bench without a video: for lists of all that can be done, and their keys. */
export function listVideoKeys(): Shortcut[] {
  const nothing = (): void => undefined;
  const player = new Player(card, clip, nothing);
  const bench = new VideoBench(0, new Labels(), player);
  const view = new TimelineView(1, 1);
  return videoKeys({ bench, view, askPlace: nothing, toggleLoop: nothing });
}
