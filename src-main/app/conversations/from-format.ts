/** Samples of dataset files as samples of the project. */
import type { MediaPart, Message, Part, Sample as FormatSample } from '../../formats/sample.ts';
import { mediaParts } from '../../formats/sample.ts';
import { RecordFault } from '../../formats/datasets/dataset-format.ts';
import type { Content, ContentPart, Role, Sampling } from '../../ipc/contract/content.ts';
import type { SampleItem, SampleKind } from '../../ipc/contract/conversations.ts';

/** What stands in a file: a conversation, of a pair with the answer that was not chosen. */
export interface ReadSample extends FormatSample {
  readonly rejected?: readonly Part[];
}

interface FoundTurn {
  readonly role: Role;
  readonly content: Content;
  readonly rejected: Content | null;
}

export interface FoundSample {
  readonly kind: SampleKind;
  readonly items: readonly SampleItem[];
  readonly turns: readonly FoundTurn[];
}

/**
 * A pair's last answer keeps the one that was not chosen beside it.
 * @param itemOf the library's item for a picture or video; undefined: it was refused
 * @throws RecordFault formats/media-refused, formats/two-samplings
 */
export function fromFormat(
  { messages, rejected }: Pick<ReadSample, 'messages' | 'rejected'>,
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
    turns: messages.map(({ role, content }, index) => ({
      role,
      rejected:
        rejected !== undefined && index === messages.length - 1
          ? rejected.filter((part) => part.type === 'text')
          : null,
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
