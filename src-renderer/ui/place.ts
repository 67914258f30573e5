/** Where a floating thing goes beside the thing it belongs to. */

export type Side = 'top' | 'bottom' | 'left' | 'right';
export type Align = 'start' | 'center' | 'end';

/** In pixels of the viewport. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Least distance to the edge of the window. */
const margin = 8;
const opposite = { top: 'bottom', bottom: 'top', left: 'right', right: 'left' } as const;

function room(side: Side, anchor: Box, viewport: Size): number {
  switch (side) {
    case 'top':
      return anchor.y;
    case 'bottom':
      return viewport.height - anchor.y - anchor.height;
    case 'left':
      return anchor.x;
    case 'right':
      return viewport.width - anchor.x - anchor.width;
  }
}

function aligned(start: number, extent: number, size: number, align: Align): number {
  if (align === 'start') return start;
  return align === 'end' ? start + extent - size : start + (extent - size) / 2;
}

const kept = (value: number, size: number, extent: number): number =>
  Math.max(margin, Math.min(value, extent - size - margin));

/**
 * Top left corner for a box of `size` on `side` of `anchor`, `gap` away: on the other side where the
 * wanted one is too small and the other has more room; never out of the window.
 */
export function placeBeside(
  anchor: Box,
  size: Size,
  viewport: Size,
  { side, align, gap }: { side: Side; align: Align; gap: number },
): { x: number; y: number; side: Side } {
  const isVertical = side === 'top' || side === 'bottom';
  const needed = (isVertical ? size.height : size.width) + gap + margin;
  const other = opposite[side];
  const isTooSmall = room(side, anchor, viewport) < needed;
  const chosen =
    isTooSmall && room(other, anchor, viewport) > room(side, anchor, viewport) ? other : side;
  const along = isVertical
    ? { x: aligned(anchor.x, anchor.width, size.width, align), y: 0 }
    : { x: 0, y: aligned(anchor.y, anchor.height, size.height, align) };
  if (chosen === 'top') along.y = anchor.y - size.height - gap;
  else if (chosen === 'bottom') along.y = anchor.y + anchor.height + gap;
  else if (chosen === 'left') along.x = anchor.x - size.width - gap;
  else along.x = anchor.x + anchor.width + gap;
  return {
    x: Math.round(kept(along.x, size.width, viewport.width)),
    y: Math.round(kept(along.y, size.height, viewport.height)),
    side: chosen,
  };
}
