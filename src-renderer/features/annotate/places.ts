/** Where each item of a list stands. */
export function placesOf(ids: Int32Array): ReadonlyMap<number, number> {
  const places = new Map<number, number>();
  for (const [at, id] of ids.entries()) places.set(id, at);
  return places;
}
