import type { Random } from '../../src-main/base/random.ts';

export type Rgb = readonly [number, number, number];

/** Hue range in degrees, saturation and value ranges in [0, 1] of each colour word. */
const RANGES = {
  red: [[-8, 8], [0.75, 1], [0.6, 0.95]],
  orange: [[22, 34], [0.85, 1], [0.88, 1]],
  yellow: [[50, 58], [0.65, 1], [0.9, 1]],
  green: [[95, 145], [0.45, 1], [0.35, 0.8]],
  blue: [[205, 232], [0.55, 1], [0.5, 1]],
  purple: [[268, 288], [0.45, 0.9], [0.4, 0.8]],
  pink: [[322, 345], [0.25, 0.55], [0.92, 1]],
  brown: [[18, 30], [0.55, 0.8], [0.28, 0.5]],
  black: [[0, 360], [0, 0.2], [0.02, 0.13]],
  white: [[0, 360], [0, 0.03], [0.95, 1]],
  gray: [[0, 360], [0, 0.06], [0.42, 0.65]],
} as const; // prettier-ignore

export type ColourName = keyof typeof RANGES;
export const COLOUR_NAMES = Object.keys(RANGES) as ColourName[];

/** @param h degrees @param s,v in [0, 1] @returns 0..255 */
export function hsvToRgb(h: number, s: number, v: number): Rgb {
  const f = (n: number): number => {
    const k = (n + (((h % 360) + 360) % 360) / 60) % 6;
    return Math.round(255 * (v - v * s * Math.max(0, Math.min(k, 4 - k, 1))));
  };
  return [f(5), f(3), f(1)];
}

function rgbToHsv(r: number, g: number, b: number): Rgb {
  const max = Math.max(r, g, b);
  const d = max - Math.min(r, g, b);
  let h = 0;
  if (d > 0) {
    if (max === r) h = ((g - b) / d) % 6;
    else h = max === g ? (b - r) / d + 2 : (r - g) / d + 4;
  }
  return [(h * 60 + 360) % 360, max === 0 ? 0 : d / max, max / 255];
}

/** One shade that people would call by this word. */
export function shadeOf(name: ColourName, random: Random): Rgb {
  const [h, s, v] = RANGES[name];
  return hsvToRgb(
    random.uniform(h[0], h[1]),
    random.uniform(s[0], s[1]),
    random.uniform(v[0], v[1]),
  );
}

/** The word for a pixel, or undefined where people would disagree. */
export function nameOfPixel(r: number, g: number, b: number): ColourName | undefined {
  const [h, s, v] = rgbToHsv(r, g, b);
  if (v < 0.2) return 'black';
  if (s < 0.12) return v > 0.87 ? 'white' : v < 0.75 ? 'gray' : undefined;
  if (s < 0.3)
    return h > 310 && h < 350 && v > 0.8 ? 'pink' : s < 0.2 && v < 0.7 ? 'gray' : undefined;
  if (h >= 10 && h < 42 && v < 0.62) return 'brown';
  if (h > 350 || h < 9) return s > 0.55 ? 'red' : undefined;
  if (h >= 18 && h < 40) return s > 0.78 && v > 0.85 ? 'orange' : undefined;
  if (h >= 44 && h < 62) return s > 0.5 ? 'yellow' : undefined;
  if (h >= 80 && h < 160) return 'green';
  if (h >= 198 && h < 245) return 'blue';
  if (h >= 262 && h < 295) return 'purple';
  return h >= 315 && h <= 350 && s < 0.75 ? 'pink' : undefined;
}

/** The one word for a drawing (RGBA pixels): at least 60 % of its surface, and no strong rival. */
export function dominantColour(rgba: Uint8Array): ColourName | undefined {
  const counts = new Map<ColourName, number>();
  let total = 0;
  for (let i = 0; i < rgba.length; i += 4) {
    if ((rgba[i + 3] as number) < 128) continue;
    total++;
    const name = nameOfPixel(rgba[i] as number, rgba[i + 1] as number, rgba[i + 2] as number);
    if (name) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const ranked = [...counts].sort((a, b) => b[1] - a[1]);
  const [first, second] = ranked;
  if (!first || first[1] < 0.6 * total) return undefined;
  return (second?.[1] ?? 0) > 0.25 * total ? undefined : first[0];
}
