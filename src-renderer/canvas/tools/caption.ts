import type { Size } from '../geometry/plane.ts';

/** `412 × 230`, in whole pixels. */
export function sizeCaption({ width, height }: Size): string {
  return `${String(Math.round(width))} × ${String(Math.round(height))}`;
}

export function angleCaption(degrees: number): string {
  return `${String(Math.round(degrees * 10) / 10)}°`;
}
