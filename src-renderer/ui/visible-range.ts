/** Lines kept above and below those in sight, so that a quick scroll meets drawn ones. */
const spare = 6;

/** The lines [first, end) to draw at a scroll position; all lengths in pixels. */
export function visibleRange(
  scrollTop: number,
  height: number,
  rowHeight: number,
  count: number,
): { first: number; end: number } {
  const first = Math.max(0, Math.min(count, Math.floor(scrollTop / rowHeight)) - spare);
  const end = Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + spare);
  return { first, end: Math.max(first, end) };
}
