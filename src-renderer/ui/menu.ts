import type { LucideIcon } from '@lucide/svelte';

/** A line of a menu. */
export type MenuEntry = MenuItem | SubMenu | { readonly kind: 'separator' } | MenuHeading;

export interface MenuItem {
  readonly kind?: 'item';
  readonly label: string;
  readonly run: () => void;
  readonly icon?: LucideIcon;
  /** Shown at the end of the line; the registry of keys listens to it, not the menu. */
  readonly keys?: string | undefined;
  /** A tick before it, or the place for one. */
  readonly isChecked?: boolean;
  readonly isDisabled?: boolean;
  readonly isDangerous?: boolean;
  /** Second line, in a quieter voice. */
  readonly detail?: string;
  /** Entry 0 … 7 of the label palette. */
  readonly labelColor?: number;
}

export interface SubMenu {
  readonly kind: 'submenu';
  readonly label: string;
  readonly icon?: LucideIcon;
  readonly entries: readonly MenuEntry[];
}

export interface MenuHeading {
  readonly kind: 'heading';
  readonly label: string;
}

export const isChoosable = (entry: MenuEntry): entry is MenuItem | SubMenu =>
  entry.kind !== 'separator' &&
  entry.kind !== 'heading' &&
  !(entry.kind !== 'submenu' && entry.isDisabled === true);

/** The next line that can be chosen, `by` (±1) from `from`, round the ends; -1 when there is none. */
export function nextChoosable(entries: readonly MenuEntry[], from: number, by: 1 | -1): number {
  for (let n = 1; n <= entries.length; n++) {
    const at = (from + by * n + entries.length * (n + 1)) % entries.length;
    const entry = entries[at];
    if (entry !== undefined && isChoosable(entry)) return at;
  }
  return -1;
}

/** The line whose name starts with what was typed, from the current one on. */
export function typedTo(entries: readonly MenuEntry[], from: number, typed: string): number {
  const wanted = typed.toLowerCase();
  for (let n = 0; n < entries.length; n++) {
    // One letter again goes on to the next of its kind.
    const at = (Math.max(0, from) + n + (typed.length === 1 && from >= 0 ? 1 : 0)) % entries.length;
    const entry = entries[at];
    if (entry === undefined || !isChoosable(entry)) continue;
    if (entry.label.toLowerCase().startsWith(wanted)) return at;
  }
  return -1;
}
