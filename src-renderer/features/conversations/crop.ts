/** A small square look at a mark, cut out of the picture's thumbnail. */
import { thumbnailUrl } from '../../api/media-url.ts';
import type {
  ItemReference,
  ShapeReference,
} from '../../../src-main/ipc/contract/conversations.ts';

/** How a square background shows a part of a picture. */
export interface Crop {
  readonly image: string;
  readonly size: string;
  readonly position: string;
}

/** Room around a mark, and the least share of the picture's longer side that is shown. */
const margin = 1.25;
const leastShare = 0.06;

/**
 * @param sidePx of the square
 * @returns null for videos, whose thumbnail shows another moment
 */
export function cropOf(
  { bounds: [left, top, right, bottom] }: Pick<ShapeReference, 'bounds'>,
  { itemId, hash, kind, width, height }: ItemReference,
  sidePx: number,
): Crop | null {
  if (kind !== 'image' || width === 0 || height === 0) return null;
  const wanted =
    margin * Math.max(right - left, bottom - top, leastShare * Math.max(width, height));
  const seen = Math.min(wanted, Math.max(width, height));
  const scale = sidePx / seen;
  const from = (low: number, high: number, whole: number): number => {
    const start = (low + high - seen) / 2;
    // Inside the picture where it is large enough, else in the middle.
    return whole < seen ? (whole - seen) / 2 : Math.min(Math.max(start, 0), whole - seen);
  };
  const px = (pixels: number): string => `${Math.round(pixels * scale * 100) / 100}px`;
  return {
    image: `url("${thumbnailUrl(itemId, hash, thumbnailHeight(height * scale))}")`,
    size: `${px(width)} ${px(height)}`,
    position: `${px(-from(left, right, width))} ${px(-from(top, bottom, height))}`,
  };
}

/** The whole picture, filling the square. */
export function coverOf({ itemId, hash }: Pick<ItemReference, 'itemId' | 'hash'>): Crop {
  return { image: `url("${thumbnailUrl(itemId, hash, 120)}")`, size: 'cover', position: 'center' };
}

/** Sharp on a screen of two pixels to one, where there is a thumbnail so large. */
function thumbnailHeight(shownPx: number): 120 | 240 | 480 {
  if (shownPx <= 60) return 120;
  return shownPx <= 120 ? 240 : 480;
}
