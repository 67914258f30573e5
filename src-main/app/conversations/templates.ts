/** Ways to ask, so that nobody writes the same question a hundred times. */
import { LensmithError } from '../../base/errors.ts';
import type { SampleKind, Template } from '../../ipc/contract/conversations.ts';
import type { ProjectStore } from '../../store/project-store.ts';

const builtIn: Readonly<
  Record<SampleKind, readonly (readonly [name: string, title: string, text: string])[]>
> = {
  conversation: [
    ['what', 'What is it?', 'What do you see here?'],
    ['count', 'Count', 'How many of them are there, and where?'],
    ['attribute', 'One property', 'What colour is it, and what is it made of?'],
    ['where', 'Place', 'Where is it, compared with what stands around it?'],
    ['action', 'What happens', 'What is happening here?'],
    ['read', 'Read text', 'Read out the text exactly as it is written.'],
    ['check', 'Check', 'Is everything as it should be? Name what is not.'],
    ['absent', 'Not there', 'Is there anything here that should not be, or is something missing?'],
  ],
  description: [
    ['full', 'In detail', 'Describe everything that can be seen, from the whole to the details.'],
    ['walk', 'From front to back', 'Walk through the scene from the foreground to the background.'],
    [
      'blind',
      'For someone who cannot see it',
      'Describe this so that someone who cannot see it can picture it.',
    ],
    ['parts', 'Part by part', 'Name each part and say what it looks like and where it is.'],
    ['short', 'In one sentence', 'Put what matters here into one sentence.'],
    ['video', 'As it goes on', 'Tell what happens from the beginning to the end, in order.'],
  ],
  reasoning: [
    [
      'why',
      'Why?',
      'Why does it look this way? Give your reasons step by step, from what can be seen.',
    ],
    ['next', 'What next?', 'What will probably happen next, and what tells you so?'],
    [
      'cause',
      'How did it come about?',
      'What happened before this moment? Argue from what can be seen.',
    ],
    ['decide', 'Decide', 'Which choice would you make here, and what speaks for and against it?'],
    ['compare', 'Compare', 'What is the same and what is different, and what follows from it?'],
  ],
  free: [
    ['caption', 'Caption', 'Write a caption.'],
    ['json', 'As JSON', 'Answer with a JSON object only: {"object": …, "condition": …}.'],
    ['region', 'About a mark', 'What is this region?'],
  ],
};

const metaKey = 'conversation_templates';

export function builtInTemplates(): Template[] {
  return Object.entries(builtIn).flatMap(([kind, list]) =>
    list.map(([name, title, text]) => ({
      id: `${kind}.${name}`,
      kind: kind as SampleKind,
      title,
      text,
      isOwn: false,
    })),
  );
}

/** The person's own first. */
export function listTemplates(store: ProjectStore): Template[] {
  return [...ownTemplates(store), ...builtInTemplates()];
}

function ownTemplates(store: ProjectStore): Template[] {
  return JSON.parse(store.readMeta(metaKey) ?? '[]') as Template[];
}

/** @throws conversations/template-missing for an id that is none of the person's own */
export function saveTemplate(
  store: ProjectStore,
  { id, ...facts }: Omit<Template, 'id' | 'isOwn'> & { readonly id: string | null },
): Template {
  const own = ownTemplates(store);
  if (id !== null && !own.some((template) => template.id === id)) throw templateMissing(id);
  const saved: Template = { ...facts, id: id ?? nextId(own), isOwn: true };
  const others = own.filter((template) => template.id !== saved.id);
  store.writeMeta(metaKey, JSON.stringify([...others, saved]));
  return saved;
}

/** @throws conversations/template-missing */
export function deleteTemplate(store: ProjectStore, id: string): void {
  const own = ownTemplates(store);
  const others = own.filter((template) => template.id !== id);
  if (others.length === own.length) throw templateMissing(id);
  store.writeMeta(metaKey, JSON.stringify(others));
}

function nextId(own: readonly Template[]): string {
  const numbers = own.map(({ id }) => Number(id.slice('own.'.length)));
  return `own.${Math.max(0, ...numbers) + 1}`;
}

function templateMissing(id: string): LensmithError {
  return new LensmithError(
    'conversations/template-missing',
    'There is no such template of yours.',
    {
      got: id,
      hint: 'Built-in templates cannot be changed; save your own beside them.',
    },
  );
}
