/** Where edits of a sample are undone: with the marks of its first picture. */
export function scopeOf(items: readonly { readonly itemId: number }[]): string {
  const first = items[0];
  return first === undefined ? 'library' : `item:${first.itemId}`;
}
