/** Addresses of media of the open project; `hash` makes them change with the content. */

/** A small WebP, upright, for grids and chips. */
export function thumbnailUrl(
  itemId: number,
  hash: string,
  heightPx: 120 | 240 | 480 = 240,
): string {
  return `/media/${itemId}/thumb?height=${heightPx}&v=${hash.slice(0, 12)}`;
}

/** Upright, in a format that every browser shows, at most 2048 pixels on the longest side. */
export function previewUrl(itemId: number, hash: string): string {
  return `/media/${itemId}/preview?v=${hash.slice(0, 12)}`;
}

/** Upright, all its pixels, in a format that every browser shows. */
export function fullUrl(itemId: number, hash: string): string {
  return `/media/${itemId}/full?v=${hash.slice(0, 12)}`;
}

/** The file as it is, with ranges: what a video element plays. */
export function fileUrl(itemId: number, hash: string): string {
  return `/media/${itemId}/file?v=${hash.slice(0, 12)}`;
}

/** Frame `index` of a video as training decodes it, 0 for the first that is shown; PNG, upright. */
export function frameUrl(
  itemId: number,
  hash: string,
  index: number,
  isBackwards: boolean,
): string {
  return `/media/${itemId}/frame/${index}?v=${hash.slice(0, 12)}${isBackwards ? '&back=1' : ''}`;
}

/** The copy of a video that every browser plays, once `video.makePreview` has made it. */
export function playableUrl(itemId: number, hash: string): string {
  return `/media/${itemId}/playable?v=${hash.slice(0, 12)}`;
}
