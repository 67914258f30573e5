import { formatCount } from '../../ui/format.ts';
import type { CanvasTexts } from './en.ts';

export const de: CanvasTexts = {
  kinds: {
    box: 'Rechteck',
    'rotated-box': 'gedrehtes Rechteck',
    polygon: 'Vieleck',
    freehand: 'Linie',
    point: 'Punkt',
    skeleton: 'Skelett',
    mask: 'Maske',
  },
  nothingSelected: 'Nichts ausgewählt',
  selected: (count) => `${formatCount(count)} Formen ausgewählt`,
  noLabel: 'ohne Label',
  locked: 'gesperrt',
  hidden: 'verborgen',
  suggestion: 'Vorschlag',
  place: (place, count) => `${formatCount(place)} von ${formatCount(count)}`,
  keys: 'Tab geht durch die Formen, Pfeiltasten verschieben, Entf löscht; Escape, dann Tab führt hinaus.',
};
