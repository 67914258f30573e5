import type { Shortcut } from '../../ui/keyboard.ts';

/** An act whose group and condition the whole group shares. */
export type Act = Omit<Shortcut, 'scope' | 'isActive'>;

/** Keys that every control knows are the screen's only while none of its controls has the focus. */
export function isFree(): boolean {
  const focus = document.activeElement;
  return focus === null || focus === document.body || focus.getAttribute('role') === 'application';
}
