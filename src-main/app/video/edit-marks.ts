import { LensmithError } from '../../base/errors.ts';
import type { VideoEdit } from '../../ipc/contract/video-marks.ts';
import { readItem } from '../../store/items.ts';
import { hasLabel } from '../../store/labels.ts';
import type { ProjectStore } from '../../store/project-store.ts';
import { applyVideoEdit, segmentsOfItems } from '../../store/video-marks.ts';

/**
 * Makes all edits as one act of undo.
 * @returns for each edit the id of what it added, else null
 * @throws video/no-item, video/no-label, video/bad-time, and the codes of applyVideoEdit
 */
export function editVideoMarks(
  store: ProjectStore,
  itemId: number,
  edits: readonly VideoEdit[],
  act: string,
): (number | null)[] {
  const item = readItem(store, itemId);
  if (item?.kind !== 'video') {
    throw new LensmithError('video/no-item', 'This video is no longer in the project.', {
      got: item === undefined ? `item ${itemId}` : `item ${itemId}, a picture`,
    });
  }
  for (const change of edits) {
    requireLabel(store, change);
    for (const frame of framesOf(change)) requireFrame(frame, item.frameCount);
  }
  return store.journal.edit(`item:${itemId}`, act, (edit) => {
    const ids = edits.map((change) => applyVideoEdit(store, edit, itemId, change));
    requireOrder(store, itemId);
    return ids;
  });
}

function labelOf(change: VideoEdit): number | null | undefined {
  switch (change.kind) {
    case 'add-segment':
      return change.segment.labelId;
    case 'add-event':
      return change.event.labelId;
    case 'add-track':
      return change.track.labelId;
    case 'change-segment':
    case 'change-event':
    case 'change-track':
      return change.change.labelId;
    default:
      return null;
  }
}

function requireLabel(store: ProjectStore, change: VideoEdit): void {
  const labelId = labelOf(change) ?? null;
  if (labelId === null || hasLabel(store, labelId)) return;
  throw new LensmithError('video/no-label', 'This label was deleted meanwhile.', {
    got: `label ${labelId}`,
    hint: 'Choose another label.',
  });
}

/** Frames that a change names; the end of a segment lies one beyond its last. */
function framesOf(change: VideoEdit): number[] {
  const stretch = ({ startFrame = 0, endFrame = 1 }): number[] => [startFrame, endFrame - 1];
  switch (change.kind) {
    case 'add-segment':
      return stretch(change.segment);
    case 'change-segment': {
      const { startFrame, endFrame } = change.change;
      return [startFrame ?? 0, (endFrame ?? 1) - 1];
    }
    case 'add-event':
      return [change.event.frame];
    case 'change-event':
      return [change.change.frame ?? 0];
    case 'add-track':
      return change.track.keyframes.map(({ frame }) => frame);
    case 'set-keyframe':
      return [change.keyframe.frame];
    default:
      return [];
  }
}

function requireFrame(frame: number, frameCount: number | null): void {
  if (frame >= 0 && (frameCount === null || frame < frameCount)) return;
  throw new LensmithError('video/bad-time', 'This lies outside the video.', {
    expected: frameCount === null ? 'frame 0 or later' : `frames 0 to ${frameCount - 1}`,
    got: `frame ${frame}`,
  });
}

/** A segment ends after it begins, whichever of its ends was changed. */
function requireOrder(store: ProjectStore, itemId: number): void {
  for (const { startFrame, endFrame, startSeconds, endSeconds } of segmentsOfItems(store, [
    itemId,
  ])) {
    if (startFrame < endFrame && startSeconds < endSeconds) continue;
    throw new LensmithError('video/bad-time', 'A segment ends before it begins.', {
      expected: 'an end after the start',
      got: `frames ${startFrame} to ${endFrame}, ${startSeconds} to ${endSeconds} s`,
    });
  }
}
