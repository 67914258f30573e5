import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

type Theme = Readonly<Record<string, string>>;

const css = readFileSync(new URL('../../../src-renderer/ui/tokens.css', import.meta.url), 'utf8');

function block(selector: string): Theme {
  const start = css.indexOf(`${selector} {`);
  const body = css.slice(start, css.indexOf('\n}', start));
  return Object.fromEntries(
    [...body.matchAll(/--([\w-]+):\s*(#[\da-f]{6})\b(?![\da-f])/g)].map((m) => [m[1], m[2]]),
  );
}

const dark = block(':root');
const themes: Readonly<Record<string, Theme>> = {
  dark,
  light: { ...dark, ...block(":root[data-theme='light']") },
  contrast: { ...dark, ...block(":root[data-theme='contrast']") },
};

type Rgb = readonly [number, number, number];

/** sRGB to linear light, 0 … 1. */
function linear(theme: Theme, name: string): Rgb {
  const hex = theme[name];
  if (hex === undefined) throw new Error(`tokens.css has no --${name} of six digits`);
  const channel = (at: number): number => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

/** WCAG 2.2, relative luminance and contrast ratio. */
function contrast(theme: Theme, a: string, b: string): number {
  const luminance = ([r, g, bl]: Rgb): number => 0.2126 * r + 0.7152 * g + 0.0722 * bl;
  const x = luminance(linear(theme, a));
  const y = luminance(linear(theme, b));
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

const grounds = ['sunken', 'ground', 'chrome', 'raised', 'overlay'];
const texts = ['text', 'text-2', 'text-3', 'accent', 'red', 'amber', 'green'];
const numbered = (name: string): string[] => [...Array(8).keys()].map((i) => `${name}-${i}`);

describe.each(Object.entries(themes))('%s theme', (_name, theme) => {
  it.each(texts)('%s reads on every ground (4.5:1)', (text) => {
    for (const ground of grounds) {
      expect(contrast(theme, text, ground), ground).toBeGreaterThanOrEqual(4.5);
    }
  });

  it('filled controls carry readable words', () => {
    expect(contrast(theme, 'on-accent', 'accent')).toBeGreaterThanOrEqual(4.5);
    expect(contrast(theme, 'on-accent', 'accent-strong')).toBeGreaterThanOrEqual(4.5);
    expect(contrast(theme, 'on-red', 'red-fill')).toBeGreaterThanOrEqual(4.5);
  });

  it('edges of controls, labels and curves stand out (3:1)', () => {
    const marks = ['control-line', ...numbered('label'), ...numbered('series')];
    for (const mark of marks) {
      for (const ground of ['ground', 'raised']) {
        expect(contrast(theme, mark, ground), `${mark} on ${ground}`).toBeGreaterThanOrEqual(3);
      }
    }
  });

  it('the letter in a label can be read (3:1, bold)', () => {
    for (const label of numbered('label')) {
      expect(contrast(theme, 'on-label', label), label).toBeGreaterThanOrEqual(3);
    }
  });
});

/** Machado, Oliveira, Fernandes 2009, severity 1, on linear RGB. */
const blindness: Readonly<Record<string, readonly Rgb[]>> = {
  none: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
};

const times = (rows: readonly Rgb[], [r, g, b]: Rgb): number[] =>
  rows.map((row) => row[0] * r + row[1] * g + row[2] * b);

/** Oklab of linear RGB (Ottosson 2020). */
function oklab(rgb: Rgb): number[] {
  const [l = 0, m = 0, s = 0] = times(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    rgb,
  );
  return times(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    [Math.cbrt(l), Math.cbrt(m), Math.cbrt(s)],
  );
}

describe.each(Object.entries(blindness))('labels under %s', (_kind, matrix) => {
  it.each(['dark', 'light'])('differ pairwise in the %s theme', (name) => {
    const theme = themes[name] ?? {};
    const seen = numbered('label').map((label) => {
      const [r = 0, g = 0, b = 0] = times(matrix, linear(theme, label));
      const kept = (value: number): number => Math.min(1, Math.max(0, value));
      return oklab([kept(r), kept(g), kept(b)]);
    });
    for (const [i, a] of seen.entries()) {
      for (const b of seen.slice(0, i)) {
        const distance = Math.hypot(...a.map((value, at) => value - (b[at] ?? 0)));
        // A just noticeable difference is about 0.02.
        expect(distance).toBeGreaterThan(0.07);
      }
    }
  });
});
