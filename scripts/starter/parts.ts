/** The sample project's invented parts, drawn as SVG around (0, 0) within a radius of 48. */
import type { Random } from '../../src-main/base/random.ts';
import { hsvToRgb } from './colours.ts';

export const VERDICTS = ['fit', 'scrap'] as const;
export type Verdict = (typeof VERDICTS)[number];

interface PartKind {
  readonly name: string;
  /** Hue in degrees and saturation of the main paint. */
  readonly hue: number;
  readonly saturation: number;
  /** Outline in the main paint (a path), then details over it. */
  readonly outline: string;
  readonly details: (dark: string, light: string) => string;
  /** Where damage shows: centres of the scorch marks, before jitter. */
  readonly weakSpots: readonly (readonly [number, number])[];
}

const ring = (r: number, fill: string, x = 0, y = 0): string =>
  `<circle cx="${x}" cy="${y}" r="${r}" fill="${fill}"/>`;

function polar(radius: number, degrees: number): string {
  const a = (degrees * Math.PI) / 180;
  return `${(radius * Math.cos(a)).toFixed(1)} ${(radius * Math.sin(a)).toFixed(1)}`;
}

/** A wheel with eight broad teeth. */
function cogPath(): string {
  const points: string[] = [];
  for (let i = 0; i < 8; i++) {
    const at = i * 45;
    points.push(
      polar(36, at - 22),
      polar(36, at - 13),
      polar(47, at - 9),
      polar(47, at + 9),
      polar(36, at + 13),
    );
  }
  return `M${points.join('L')}Z`;
}

/** Three arms with round ends. */
function spinnerShapes(fill: string): string {
  const arms = [0, 120, 240].map(
    (a) =>
      `<g transform="rotate(${a})"><rect x="-9" y="-34" width="18" height="34" fill="${fill}"/>` +
      `<circle cx="0" cy="-33" r="14.5" fill="${fill}"/></g>`,
  );
  return arms.join('');
}

function spinnerClip(): string {
  return [0, 120, 240]
    .map(
      (a) =>
        `<rect x="-9" y="-34" width="18" height="34" transform="rotate(${a})"/>` +
        `<circle cx="0" cy="-33" r="14.5" transform="rotate(${a})"/>`,
    )
    .join('');
}

export const PARTS: readonly PartKind[] = [
  {
    name: 'Brindo',
    weakSpots: [
      [-24, -14],
      [26, -10],
      [0, 28],
    ],
    hue: 46,
    saturation: 0.78,
    outline: cogPath(),
    details: (dark, light) => ring(23, dark) + ring(17, light) + ring(7, dark),
  },
  {
    name: 'Plimba',
    weakSpots: [
      [-20, 24],
      [20, 22],
      [0, -14],
    ],
    hue: 174,
    saturation: 0.75,
    outline: 'M0 -48C14 -24 34 -8 34 14A34 34 0 1 1 -34 14C-34 -8 -14 -24 0 -48Z',
    details: (dark, light) => ring(17, dark, 0, 14) + ring(10, light, 0, 14),
  },
  {
    name: 'Ompet',
    weakSpots: [
      [-20, -30],
      [2, 0],
      [20, 30],
    ],
    hue: 278,
    saturation: 0.6,
    outline: 'M-38 -44H38V-30C10 -18 10 18 38 30V44H-38V30C-10 18 -10 -18 -38 -30Z',
    details: (dark, light) =>
      `<rect x="-38" y="-44" width="76" height="12" fill="${dark}"/>` +
      `<rect x="-38" y="32" width="76" height="12" fill="${dark}"/>` +
      `<rect x="-12" y="-5" width="24" height="10" fill="${light}"/>`,
  },
  {
    name: 'Snarvel',
    weakSpots: [
      [0, -32],
      [28, 16],
      [-28, 16],
    ],
    hue: 22,
    saturation: 0.9,
    outline: '',
    details: (dark, light) => ring(13, dark) + ring(6, light),
  },
  {
    name: 'Dorrix',
    weakSpots: [
      [-30, 2],
      [28, -4],
      [2, 0],
    ],
    hue: 216,
    saturation: 0.75,
    outline: 'M-47 0L-36 -20H-14L-5 -7H5L14 -20H36L47 0L36 20H14L5 7H-5L-14 20H-36Z',
    details: (dark, light) =>
      ring(10, dark, -25, 0) +
      ring(10, dark, 25, 0) +
      ring(5, light, -25, 0) +
      ring(5, light, 25, 0),
  },
  {
    name: 'Hupsel',
    weakSpots: [
      [-30, -20],
      [-30, 22],
      [6, 35],
    ],
    hue: 344,
    saturation: 0.72,
    outline: 'M20 -42A46 46 0 1 0 20 42L12 22A24 24 0 1 1 12 -22Z',
    details: (dark, light) =>
      `<path d="M20 -42L12 -22L30 -22L36 -36Z" fill="${dark}"/>` +
      `<path d="M20 42L12 22L30 22L36 36Z" fill="${dark}"/>` +
      ring(6, light, -34, 0),
  },
];

const css = (h: number, s: number, v: number): string => `rgb(${hsvToRgb(h, s, v).join(',')})`;

/** Scorch marks and a crack, clipped to the part's own outline. */
function damage(kind: PartKind, random: Random, clip: string): string {
  const start = random.uniform(0, 360);
  const spots = kind.weakSpots.map(([x, y]) => {
    const cx = (x + random.uniform(-5, 5)).toFixed(1);
    const cy = (y + random.uniform(-5, 5)).toFixed(1);
    const rx = random.uniform(13, 18);
    return `<ellipse cx="${cx}" cy="${cy}" rx="${rx.toFixed(1)}" ry="${(rx * 0.8).toFixed(1)}" fill="#1d120c" fill-opacity="0.9"/>`;
  });
  let crack = `M${polar(50, start + 40)}`;
  for (const r of [30, 12, -8, -28, -50]) {
    crack += `L${polar(r, start + 40 + random.uniform(-28, 28) * (Math.abs(r) < 40 ? 1 : 0))}`;
  }
  return `<g clip-path="url(#${clip})">${spots.join('')}<path d="${crack}" fill="none" stroke="#0c0806" stroke-width="5"/></g>`;
}

/** One specimen of a part: paint and damage vary with the random state. */
export function drawPart(kind: PartKind, verdict: Verdict, random: Random): string {
  const hue = kind.hue + random.uniform(-7, 7);
  const value = random.uniform(0.72, 0.95);
  const paint = css(hue, kind.saturation * random.uniform(0.9, 1.08), value);
  const dark = css(hue, kind.saturation, value * 0.45);
  const light = css(hue, kind.saturation * 0.25, Math.min(1, value * 1.15));
  const body = kind.outline
    ? `<path d="${kind.outline}" fill="${paint}" stroke="${dark}" stroke-width="2.5"/>`
    : spinnerShapes(paint);
  // The spinner is a union of simple shapes; clip paths take those, but no groups.
  const outline = kind.outline ? `<path d="${kind.outline}"/>` : spinnerClip();
  const worn = verdict === 'scrap' ? damage(kind, random, 'part') : '';
  return `<defs><clipPath id="part">${outline}</clipPath></defs>${body}${kind.details(dark, light)}${worn}`;
}

const SURFACES = ['bench', 'mat', 'steel', 'felt', 'paper'] as const;

/** A 128×128 table top; its light varies. */
export function drawSurface(random: Random): string {
  const kind = random.pick(SURFACES);
  const v = random.uniform(0.85, 1.08);
  const base = {
    bench: [30, 0.42, 0.62],
    mat: [140, 0.35, 0.42],
    steel: [210, 0.06, 0.62],
    felt: [225, 0.3, 0.35],
    paper: [40, 0.06, 0.9],
  }[kind] as [number, number, number];
  const lines: string[] = [];
  const ink = css(base[0], base[1], base[2] * v * 0.85);
  const step = kind === 'mat' ? 16 : random.uniform(14, 26);
  if (kind === 'bench' || kind === 'mat' || kind === 'steel') {
    for (let y = random.uniform(0, step); y < 128; y += step) {
      lines.push(
        `<path d="M0 ${y.toFixed(1)}H128" stroke="${ink}" stroke-width="${kind === 'steel' ? 0.8 : 1.6}"/>`,
      );
      if (kind === 'mat')
        lines.push(`<path d="M${y.toFixed(1)} 0V128" stroke="${ink}" stroke-width="1.6"/>`);
    }
  }
  const glow = `<radialGradient id="glow" cx="${random.uniform(0.1, 0.9).toFixed(2)}" cy="${random.uniform(0, 0.6).toFixed(2)}" r="0.9"><stop offset="0" stop-color="#fff" stop-opacity="0.22"/><stop offset="1" stop-color="#000" stop-opacity="0.18"/></radialGradient>`;
  return `<defs>${glow}</defs><rect width="128" height="128" fill="${css(base[0], base[1], Math.min(1, base[2] * v))}"/>${lines.join('')}<rect width="128" height="128" fill="url(#glow)"/>`;
}

export interface Pose {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
  readonly degrees: number;
}

/** A part lying on a surface, 128×128 SVG. */
export function composePart(surface: string, part: string, pose: Pose): string {
  const where = `translate(${pose.x.toFixed(2)} ${pose.y.toFixed(2)}) rotate(${pose.degrees.toFixed(2)}) scale(${pose.scale.toFixed(3)})`;
  const shadow = `<ellipse cx="${(pose.x + 4).toFixed(2)}" cy="${(pose.y + 6).toFixed(2)}" rx="${(46 * pose.scale).toFixed(1)}" ry="${(44 * pose.scale).toFixed(1)}" fill="#000" fill-opacity="0.16"/>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 128 128" width="128" height="128">${surface}${shadow}<g transform="${where}">${part}</g></svg>`;
}
