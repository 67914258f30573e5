/** What the media worker found of a file, as a row of the library. */
import type { MediaFacts } from '../../media/inspect-media.ts';
import type { NewItem } from '../../store/items.ts';

export function newItem(
  facts: MediaFacts,
  file: { readonly path: string; readonly isCopied: boolean; readonly name: string },
): NewItem {
  const isVideo = facts.kind === 'video';
  const takenMs = facts.capturedAt === undefined ? NaN : Date.parse(facts.capturedAt);
  return {
    ...file,
    kind: facts.kind,
    hash: facts.sha256,
    perceptualHash: facts.perceptualHash,
    format: facts.format,
    sizeBytes: facts.sizeBytes,
    modifiedMs: facts.modifiedMs,
    width: facts.width,
    height: facts.height,
    orientation: isVideo ? 1 : facts.orientation,
    isClipped: !isVideo && facts.isClipped,
    durationMs: isVideo ? facts.durationMs : null,
    frameRate: isVideo ? facts.frameRate : null,
    frameCount: isVideo ? facts.frameCount : null,
    codec: isVideo ? facts.codec : null,
    hasAudio: isVideo && facts.hasAudio,
    takenMs: Number.isNaN(takenMs) ? null : takenMs,
  };
}
