import { formatCount } from '../../ui/format.ts';

export const en = {
  kinds: {
    box: 'box',
    'rotated-box': 'rotated box',
    polygon: 'polygon',
    freehand: 'line',
    point: 'point',
    skeleton: 'skeleton',
    mask: 'mask',
  },
  nothingSelected: 'Nothing selected',
  selected: (count: number) => `${formatCount(count)} shapes selected`,
  noLabel: 'no label',
  locked: 'locked',
  hidden: 'hidden',
  suggestion: 'suggestion',
  place: (place: number, count: number) => `${formatCount(place)} of ${formatCount(count)}`,
  keys: 'Tab goes through the shapes, arrow keys move, Delete removes; Escape, then Tab leaves.',
};

export type CanvasTexts = typeof en;
