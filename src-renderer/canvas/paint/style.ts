import type { Label, Shape } from '../../../src-main/ipc/contract/shapes.ts';
import type { CanvasTheme } from '../theme.ts';

/** How prominent a shape is. */
export type Emphasis = 'normal' | 'hovered' | 'selected';

export interface ShapeStyle {
  readonly color: string;
  /** Screen pixels. */
  readonly lineWidth: number;
  /** Screen pixels of line and gap; empty for a whole line. */
  readonly dash: readonly number[];
  readonly lineAlpha: number;
  readonly fillAlpha: number;
}

const byEmphasis: Record<Emphasis, Pick<ShapeStyle, 'lineWidth' | 'fillAlpha'>> = {
  normal: { lineWidth: 1.5, fillAlpha: 0.08 },
  hovered: { lineWidth: 2, fillAlpha: 0.2 },
  selected: { lineWidth: 2.25, fillAlpha: 0.16 },
};

export function colorOf(label: Label | undefined, theme: CanvasTheme): string {
  return label === undefined ? theme.unlabelled : (theme.labels[label.color] ?? theme.unlabelled);
}

type Look = Pick<Shape, 'isDraft' | 'isLocked' | 'isHidden'>;

/** Of a shape that is drawn just now. */
export const plain: Look = { isDraft: false, isLocked: false, isHidden: false };

/** A draft is dashed; a locked shape steps back; a hidden one, seen only while selected, is dotted. */
export function styleOf(color: string, look: Look, emphasis: Emphasis): ShapeStyle {
  const base = byEmphasis[emphasis];
  if (look.isHidden) {
    return { color, lineWidth: 1.25, dash: [1.5, 4], lineAlpha: 0.7, fillAlpha: 0 };
  }
  const dash = look.isDraft ? [6, 4] : [];
  if (look.isLocked) return { ...base, color, dash, lineAlpha: 0.6, fillAlpha: 0 };
  return { ...base, color, dash, lineAlpha: 1, fillAlpha: look.isDraft ? 0.04 : base.fillAlpha };
}
