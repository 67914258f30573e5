/** The menu under the right button: of the marks that are selected, or of the ground. */
import ClipboardPaste from '@lucide/svelte/icons/clipboard-paste';
import Copy from '@lucide/svelte/icons/copy';
import CopyPlus from '@lucide/svelte/icons/copy-plus';
import Eye from '@lucide/svelte/icons/eye';
import EyeOff from '@lucide/svelte/icons/eye-off';
import Layers from '@lucide/svelte/icons/layers';
import Lock from '@lucide/svelte/icons/lock';
import LockOpen from '@lucide/svelte/icons/lock-open';
import Scan from '@lucide/svelte/icons/scan';
import SquareDashed from '@lucide/svelte/icons/square-dashed';
import Tag from '@lucide/svelte/icons/tag';
import Trash from '@lucide/svelte/icons/trash-2';
import type { StackingMove } from '../../../src-main/ipc/contract/annotation.ts';
import { shortcuts } from '../../ui/keyboard.ts';
import type { MenuEntry } from '../../ui/menu.ts';
import { lastCopied } from './mark-clipboard.ts';
import { actOn } from './shape-words.ts';
import { texts } from './texts/index.ts';
import type { Workbench } from './workbench.svelte.ts';

const keysOf = (id: string): string | undefined => shortcuts.keysOf(`annotate.${id}`);

function labelEntries(bench: Workbench): MenuEntry[] {
  const shared = new Set(bench.selected.map(({ labelId }) => labelId));
  const isOnly = (id: number | null): boolean => shared.size === 1 && shared.has(id);
  return [
    ...bench.labels.list.map((label) => ({
      label: label.name,
      labelColor: label.color,
      keys: bench.labels.keyOf(label.id),
      isChecked: isOnly(label.id),
      run: () => void bench.label(label.id),
    })),
    ...(bench.labels.list.length > 0 ? [{ kind: 'separator' as const }] : []),
    { label: texts().noLabel, isChecked: isOnly(null), run: () => void bench.label(null) },
  ];
}

function orderEntries(bench: Workbench): MenuEntry[] {
  const moves: readonly StackingMove[] = ['front', 'forward', 'backward', 'back'];
  return moves.map((move) => ({
    label: texts().keys[move],
    keys: keysOf(move),
    run: () => void bench.stack(move),
  }));
}

/** What can be done to the selected marks. */
export function marksMenu(bench: Workbench): MenuEntry[] {
  const isLocked = bench.selected.every((shape) => shape.isLocked);
  const isHidden = bench.selected.every((shape) => shape.isHidden);
  return [
    { kind: 'submenu', label: texts().label, icon: Tag, entries: labelEntries(bench) },
    { kind: 'submenu', label: texts().menu.order, icon: Layers, entries: orderEntries(bench) },
    { kind: 'separator' },
    {
      label: texts().menu.copy,
      icon: Copy,
      keys: keysOf('copy'),
      // The browser's own event follows, which MarkClipboard hears.
      run: () => void document.execCommand('copy'),
    },
    {
      label: texts().keys.duplicate,
      icon: CopyPlus,
      keys: keysOf('duplicate'),
      run: () => void bench.duplicateSelection(),
    },
    {
      label: isLocked ? texts().menu.unlock : texts().menu.lock,
      icon: isLocked ? LockOpen : Lock,
      keys: keysOf('lock'),
      run: () => void bench.toggleLock(),
    },
    {
      label: isHidden ? texts().menu.show : texts().menu.hide,
      icon: isHidden ? Eye : EyeOff,
      keys: keysOf('hide'),
      run: () => void bench.toggleHidden(),
    },
    { kind: 'separator' },
    {
      label: texts().keys.delete,
      icon: Trash,
      keys: keysOf('delete'),
      isDangerous: true,
      run: () => bench.canvas?.removeSelection(),
    },
  ];
}

/** What can be done where no mark is. */
export function groundMenu(bench: Workbench): MenuEntry[] {
  const { marks } = bench;
  const copied = lastCopied(bench.size, bench.labels.list);
  return [
    {
      label: texts().menu.paste,
      icon: ClipboardPaste,
      keys: 'Mod+V',
      isDisabled: marks === null || copied.length === 0,
      run: () => {
        if (marks !== null) void bench.add(marks, copied, actOn('Paste', copied));
      },
    },
    {
      label: texts().keys.selectAll,
      icon: SquareDashed,
      keys: keysOf('select-all'),
      isDisabled: (marks?.shapes.length ?? 0) === 0,
      run: () => bench.select(marks?.shapes.map(({ id }) => id) ?? []),
    },
    { kind: 'separator' },
    {
      label: texts().keys.fit,
      icon: Scan,
      keys: keysOf('fit'),
      run: () => bench.canvas?.fit(),
    },
  ];
}
