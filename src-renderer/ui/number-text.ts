/** Numbers as people type them, with the marks of the window's language. */
import { localised, numberMarks } from './format.ts';

/**
 * Reads `1,200`, `2e-5`, `.5`, `50 %`; in German `1.200`, `0,5`, and also `0.5` and `0.002`, which group nothing.
 * undefined for what is no number.
 */
export function parseNumber(text: string): number | undefined {
  const { decimal, group } = numberMarks();
  const packed = text.replace(/[\s_']/g, '');
  const isGrouped = group === ',' || /^[+-]?[1-9]\d{0,2}(\.\d{3})+(,|$)/.test(packed);
  const plain = (isGrouped ? packed.replaceAll(group, '') : packed).replace(decimal, '.');
  const bare = plain.replace(/[^\d.eE+-]+$/, '');
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(bare)) return undefined;
  const value = Number(bare);
  return Number.isFinite(value) ? value : undefined;
}

/** As short as it can be said without loss: 0.00002 is 2e-5, 1200 stays 1200. */
export function numberText(value: number): string {
  const size = Math.abs(value);
  if (value !== 0 && size < 0.001) return localised(value.toExponential().replace('e+', 'e'));
  return localised(value);
}

/** For readers that know no exponents, as of ARIA attributes; undefined for what has no end. */
export function plainNumber(value: number): string | undefined {
  if (!Number.isFinite(value)) return undefined;
  const text = String(value);
  return text.includes('e-') ? value.toFixed(12).replace(/0+$/, '') : text;
}

/** `value` moved by whole steps and kept in range; freed of what binary fractions add. */
export function stepped(value: number, by: number, min: number, max: number): number {
  const next = Math.min(max, Math.max(min, value + by));
  return Number(next.toPrecision(12));
}
