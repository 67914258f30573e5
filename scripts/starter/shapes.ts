import type { Concept } from './concepts.ts';
import { pyramid, TILE_SIZE, type Bitmap } from './tiles.ts';

/** Flat figures drawn by formula: inside(x, y) with both in [-1, 1], y downwards. */
const FIGURES: Readonly<Record<string, (x: number, y: number) => boolean>> = {
  circle: (x, y) => x * x + y * y < 0.9,
  square: (x, y) => Math.abs(x) < 0.8 && Math.abs(y) < 0.8,
  triangle: (x, y) => y < 0.75 && y > 2 * Math.abs(x) - 0.95,
  cross: (x, y) => Math.max(Math.abs(x), Math.abs(y)) < 0.95 && Math.min(Math.abs(x), Math.abs(y)) < 0.3,
  heart: (x, y) => (x * x * 1.5 + (y + 0.1) ** 2 * 1.3 - 0.6) ** 3 + x * x * (y + 0.1) ** 3 * 2.2 < 0,
  hexagon: (x, y) => Math.max(Math.abs(x) * 0.866 + Math.abs(y) * 0.5, Math.abs(y)) < 0.82,
  diamond: (x, y) => Math.abs(x) * 1.45 + Math.abs(y) < 0.97,
  arrow: (x, y) => (x < 0.15 && x > -0.95 && Math.abs(y) < 0.27) || (x >= 0.15 && Math.abs(y) < 0.95 - x),
  oval: (x, y) => x * x + y * y * 3.2 < 0.92,
  semicircle: (x, y) => x * x + (y - 0.4) ** 2 < 0.92 && y < 0.4,
}; // prettier-ignore

export const PATTERNS = ['plain', 'striped', 'dotted'] as const;
export type Pattern = (typeof PATTERNS)[number];

/** A white drawing to be tinted: paint is white, the pattern's other tone is grey. */
export interface ShapeTile {
  readonly concept: Concept;
  readonly pattern: Pattern;
  readonly levels: readonly Bitmap[];
}

const DARK_TONE = 0.35;

function tone(pattern: Pattern, x: number, y: number): number {
  if (pattern === 'striped') return Math.floor((x + y + 4) * 2.6) % 2 === 0 ? 1 : DARK_TONE;
  if (pattern === 'plain') return 1;
  const fx = ((x + 4) * 2) % 1;
  const fy = ((y + 4) * 2) % 1;
  return (fx - 0.5) ** 2 + (fy - 0.5) ** 2 < 0.07 ? DARK_TONE : 1;
}

function draw(inside: (x: number, y: number) => boolean, pattern: Pattern): Bitmap[] {
  const rgba = new Uint8Array(TILE_SIZE * TILE_SIZE * 4);
  const steps = 4;
  for (let py = 0; py < TILE_SIZE; py++) {
    for (let px = 0; px < TILE_SIZE; px++) {
      let covered = 0;
      let light = 0;
      for (let s = 0; s < steps * steps; s++) {
        const x = ((px + ((s % steps) + 0.5) / steps) / TILE_SIZE) * 2 - 1;
        const y = ((py + (Math.floor(s / steps) + 0.5) / steps) / TILE_SIZE) * 2 - 1;
        if (!inside(x, y)) continue;
        covered++;
        light += tone(pattern, x, y);
      }
      const value = covered ? Math.round((255 * light) / covered) : 0;
      rgba.set(
        [value, value, value, Math.round((255 * covered) / steps ** 2)],
        (py * TILE_SIZE + px) * 4,
      );
    }
  }
  return pyramid(rgba, TILE_SIZE);
}

export const SHAPE_CONCEPTS: readonly Concept[] = Object.keys(FIGURES).map((name) => ({
  name,
  plural: name === 'cross' ? 'crosses' : `${name}s`,
  category: 'shape',
  emoji: '',
  heldOut: false,
}));

export function drawShapes(): ShapeTile[] {
  return SHAPE_CONCEPTS.flatMap((concept) =>
    PATTERNS.map((pattern) => ({
      concept,
      pattern,
      levels: draw(FIGURES[concept.name] as (x: number, y: number) => boolean, pattern),
    })),
  );
}
