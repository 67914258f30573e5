/** Samples of dataset files as samples of the project. */
import type { MediaPart, Message, Sample as FormatSample } from '../../formats/sample.ts';
import { mediaParts } from '../../formats/sample.ts';
import { RecordFault } from '../../formats/datasets/dataset-format.ts';
import type { ContentPart, Role, Sampling } from '../../ipc/contract/content.ts';
import type { SampleItem, SampleKind } from '../../ipc/contract/conversations.ts';

export interface FoundSample {
  readonly kind: SampleKind;
  readonly items: readonly SampleItem[];
  readonly turns: readonly { readonly role: Role; readonly content: ContentPart[] }[];
}

/**
 * @param itemOf the library's item for a picture or video; undefined: it was refused
 * @throws RecordFault formats/media-refused, formats/two-samplings
 */
export function fromFormat(
  { messages }: Pick<FormatSample, 'messages'>,
  itemOf: (part: MediaPart) => number | undefined,
): FoundSample {
  const items = new Map<number, SampleItem>();
  const idOf = new Map<MediaPart, number>();
  const parts = mediaParts({ messages });
  for (const part of parts) {
    const itemId = itemOf(part);
    if (itemId === undefined) {
      const name = 'path' in part ? part.path : 'an embedded picture';
      throw new RecordFault('media-refused', `It could not be added to the library: ${name}`);
    }
    const sampling = samplingOf(part);
    const known = items.get(itemId);
    if (known !== undefined && JSON.stringify(known.sampling) !== JSON.stringify(sampling)) {
      throw new RecordFault('two-samplings', 'The same video comes twice with different frames.');
    }
    items.set(itemId, { itemId, sampling });
    idOf.set(part, itemId);
  }
  const isPlain = items.size === parts.length && standFirst(messages);
  return {
    kind: 'conversation',
    items: [...items.values()],
    turns: messages.map(({ role, content }) => ({
      role,
      content: content.flatMap((part): ContentPart[] => {
        if (part.type === 'text') return part.text === '' ? [] : [part];
        return isPlain ? [] : [{ type: 'item', itemId: idOf.get(part) as number }];
      }),
    })),
  };
}

function samplingOf(part: MediaPart): Sampling {
  if (part.type !== 'video') return null;
  if (part.fps !== undefined) return { fps: part.fps };
  if (part.frames !== undefined) return { frames: part.frames };
  if (part.timestampsMs !== undefined) return { timestampsMs: [...part.timestampsMs] };
  return null;
}

/** Whether all media stand where those without a place go: at the beginning of the first question. */
function standFirst(messages: readonly Message[]): boolean {
  const first = messages.findIndex(({ role }) => role === 'user');
  return messages.every(({ content }, index) => {
    const lastMedia = content.findLastIndex(({ type }) => type !== 'text');
    if (lastMedia < 0) return true;
    return index === first && !content.slice(0, lastMedia).some(({ type }) => type === 'text');
  });
}
