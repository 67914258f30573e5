/** Every key of the screen, as the registry, the palette and the cheat sheet know them. */
import type { Shortcut } from '../../ui/keyboard.ts';
import { acceptDrafts, rejectDrafts, settleDrafts } from './drafts.ts';
import { isFree } from './key-focus.ts';
import { markKeys } from './mark-keys.ts';
import { toolFacts, toolOrder } from './tools.ts';
import { viewKeys } from './view-keys.ts';
import type { Workbench } from './workbench.svelte.ts';
import { texts } from './texts/index.ts';

const scopes = {
  picture: () => texts().scopes.picture,
  marks: () => texts().scopes.marks,
  suggestions: () => texts().scopes.suggestions,
  tools: () => texts().scopes.tools,
  labels: () => texts().scopes.labels,
  annotate: () => texts().scopes.annotate,
};

export interface KeyContext {
  readonly bench: Workbench;
  /** By how many places in the list to go on. */
  readonly go: (step: number) => void;
  readonly canOutline: () => boolean;
}

export function annotateKeys(context: KeyContext): Shortcut[] {
  const { bench } = context;
  const hasPicture = (): boolean => bench.canvas !== null;
  const hasSelection = (): boolean => bench.selected.length > 0;
  return [
    ...viewKeys(bench).map((act) => ({ ...act, scope: scopes.picture, isActive: hasPicture })),
    ...markKeys(bench).map((act) => ({ ...act, scope: scopes.marks, isActive: hasSelection })),
    ...draftKeys(bench),
    ...toolKeys(context),
    ...labelKeys(bench),
    {
      id: 'annotate.next',
      scope: scopes.annotate,
      description: () => texts().keys.next,
      keys: ']',
      run: () => context.go(1),
    },
    {
      id: 'annotate.previous',
      scope: scopes.annotate,
      description: () => texts().keys.previous,
      keys: '[',
      run: () => context.go(-1),
    },
    {
      id: 'annotate.take-back',
      scope: scopes.annotate,
      description: () => texts().keys.takeBack,
      keys: 'Mod+Z',
      isOnlyKey: true,
      // Nothing begun: the shell's undo is meant.
      run: () => bench.canvas?.takeBack() ?? false,
    },
  ];
}

function draftKeys(bench: Workbench): Shortcut[] {
  const isActive = (): boolean => bench.drafts.length > 0;
  const scope = scopes.suggestions;
  return [
    {
      id: 'annotate.accept',
      scope,
      description: () => texts().keys.accept,
      keys: 'Enter',
      isActive,
      isOnlyKey: true,
      run: () => isFree() && settleDrafts(bench, 'accept'),
    },
    {
      id: 'annotate.accept-all',
      scope,
      description: () => texts().keys.acceptAll,
      isActive,
      run: () => acceptDrafts(bench, bench.drafts),
    },
    {
      id: 'annotate.reject-all',
      scope,
      description: () => texts().keys.rejectAll,
      isActive,
      run: () => rejectDrafts(bench, bench.drafts),
    },
  ];
}

function toolKeys({ bench, canOutline }: KeyContext): Shortcut[] {
  return toolOrder.map((id) => ({
    id: `annotate.tool.${id}`,
    scope: scopes.tools,
    description: () => texts().tools[id].name,
    keys: toolFacts[id].key,
    isActive: () => bench.canvas !== null && (id !== 'segment' || canOutline()),
    run: () => {
      bench.tool = id;
    },
  }));
}

function labelKeys(bench: Workbench): Shortcut[] {
  const digits = [1, 2, 3, 4, 5, 6, 7, 8, 9];
  return digits.map((digit) => ({
    id: `annotate.label.${digit}`,
    scope: scopes.labels,
    description: () => texts().keys.label(bench.labels.list[digit - 1]?.name ?? ''),
    keys: String(digit),
    isActive: () => bench.canvas !== null && bench.labels.list[digit - 1] !== undefined,
    run: () => bench.chooseLabel(bench.labels.list[digit - 1]?.id ?? null),
  }));
}
