/** Commands of this feature as acts of the window: what fails is said, what can be taken back says how. */
import type { CommandName, InputOf, OutputOf } from '../../../src-main/ipc/contract/index.ts';
import type { Sample, SampleKind, Template } from '../../../src-main/ipc/contract/conversations.ts';
import { client, errorWireOf } from '../../api/client.ts';
import { toasts } from '../../ui/toasts.svelte.ts';
import type { Suggestion } from './mentions.ts';
import { texts } from './texts/index.ts';

/** undefined: it failed, and the person was told. */
export async function attempt<N extends CommandName>(
  command: N,
  input: InputOf<N>,
): Promise<OutputOf<N> | undefined> {
  try {
    return await client.call(command, input);
  } catch (thrown) {
    toasts.show(errorWireOf(thrown).message, { tone: 'error' });
    return undefined;
  }
}

const kinds: readonly SampleKind[] = ['conversation', 'description', 'reasoning', 'free'];

export const kindOptions = () => kinds.map((value) => ({ value, label: texts().kinds[value] }));

export function scopeOf(sample: Pick<Sample, 'items'>): string {
  const first = sample.items[0];
  return first === undefined ? 'library' : `item:${first.itemId}`;
}

/** A new sample with an empty question and answer, or with the question of a template. */
export function createSample(
  kind: SampleKind,
  itemIds: readonly number[],
  template?: Template,
): Promise<Sample | undefined> {
  const question = template === undefined ? [] : [{ type: 'text' as const, text: template.text }];
  return attempt('conversations.create', {
    kind,
    items: itemIds.map((itemId) => ({ itemId, sampling: null })),
    turns: [
      { role: 'user', content: question },
      { role: 'assistant', content: [] },
    ],
  });
}

export async function trashSamples(samples: readonly Pick<Sample, 'id'>[]): Promise<void> {
  const sampleIds = samples.map(({ id }) => id);
  if ((await attempt('conversations.trash', { sampleIds })) === undefined) return;
  const { sampleDeleted, samplesDeleted } = texts();
  const what = sampleIds.length === 1 ? sampleDeleted : samplesDeleted(sampleIds.length);
  toasts.undoable(what, () => attempt('conversations.restore', { sampleIds }));
}

/** Templates as / offers them: the person's own first, then those of the kind. */
export function templateSuggestions(
  templates: readonly Template[],
  kind: SampleKind,
): Suggestion[] {
  return templates
    .toSorted((a, b) => Number(b.kind === kind) - Number(a.kind === kind))
    .map(({ id, kind: of, title, text, isOwn }) => ({
      id,
      group: isOwn ? texts().ownTemplates : texts().kinds[of],
      label: title,
      detail: text,
      insert: { text },
    }));
}

/** Puts a question among the person's own templates, or takes one away. */
export async function changeTemplates(
  kind: SampleKind,
  act: { readonly save: string } | { readonly forget: string },
): Promise<void> {
  if ('save' in act) await saveTemplate(kind, act.save);
  else await forgetTemplate(act.forget);
}

async function saveTemplate(kind: SampleKind, text: string): Promise<void> {
  const title = text.trim().split('\n')[0]?.slice(0, 60) ?? '';
  const saved = await attempt('conversations.saveTemplate', { id: null, kind, title, text });
  if (saved === undefined) return;
  toasts.undoable(texts().templateSaved(title), () => forgetTemplate(saved.id));
}

function forgetTemplate(id: string): Promise<null | undefined> {
  return attempt('conversations.deleteTemplate', { id });
}

export async function stepUndo(scope: string, direction: 'undo' | 'redo'): Promise<void> {
  const state = await attempt('edits.state', { scope });
  if (state === undefined || state[direction] === null) return;
  await attempt(`edits.${direction}`, { scope });
}
