/**
 * The mark that the pointer is over, on the picture or in a text: each side lights it on the other.
 * The canvas writes it as its marks are hovered and draws the one named here as lit; chips do the same.
 */
class RegionLink {
  hoveredShapeId: number | null = $state(null);
  /** A chip was pressed: the canvas shows this mark, then takes it away. */
  revealedShapeId: number | null = $state(null);
  /** A chip of a time was pressed: the player goes there, then takes it away. */
  revealedMoment: { readonly itemId: number; readonly ms: number } | null = $state.raw(null);
  /** The player beside the text, and where it stands; null: there is none. */
  player: { readonly itemId: number; readonly nowMs: () => number } | null = $state.raw(null);
  /** Which of a sample's pictures is looked at, where one is shown at a time; null: the first. */
  shownItemId: number | null = $state(null);
}

export const regionLink = new RegionLink();
