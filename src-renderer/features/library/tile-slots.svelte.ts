/**
 * The tiles that are in the page. A tile that scrolls out of sight shows the next picture that comes
 * into it: nothing is made or thrown away while the grid scrolls, and no list is compared.
 */
import type { Glance } from '../../../src-main/ipc/contract/library.ts';
import { placesOf, rowOf } from './grid-layout.ts';
import type { Layout, Place } from './grid-layout.ts';
import type { Listing } from './library.svelte.ts';
import { PictureTurns } from './picture-turns.ts';

export interface TileFacts {
  readonly id: number;
  /** Place in the list, from 0. */
  readonly index: number;
  readonly place: Place;
}

/** Facts of the tile at a place of the list; those of a row are reckoned together. */
export function factsIn(current: Layout, { ids, aspects }: Listing): (index: number) => TileFacts {
  let row = -1;
  let places: Place[] = [];
  return (index) => {
    if (row < 0 || index < (current.first[row] ?? 0) || index >= (current.first[row + 1] ?? 0)) {
      row = rowOf(current, index);
      places = placesOf(current, aspects, row);
    }
    const place = places[index - (current.first[row] ?? 0)] as Place;
    return { id: ids[index] ?? 0, index, place };
  };
}

export class TileSlot {
  facts: TileFacts | undefined = $state.raw();
  /** Whether its picture may be asked for. */
  isDue: boolean = $state(false);
  glance: Glance | undefined = $state.raw();
  /** Its picture is there, or will not come. */
  readonly settled: () => void;

  constructor(onSettled: (slot: TileSlot) => void) {
    this.settled = () => onSettled(this);
  }
}

export class TileSlots {
  /** Only grows, until the layout is another. */
  all: readonly TileSlot[] = $state.raw([]);
  /** Those in use, in the order of the list, and the place of the first. */
  #shown: readonly TileSlot[] = [];
  #from = 0;
  #free: TileSlot[] = [];
  readonly #turns: PictureTurns<TileSlot>;

  /** @param isKnown whether it can be said where an item's picture is */
  constructor(isKnown: (id: number) => boolean) {
    this.#turns = new PictureTurns({
      waiting: () => this.#waiting(isKnown),
      begin: (slot) => (slot.isDue = true),
    });
  }

  /** Shows the places [from, to) of the list, and no others. */
  show(from: number, to: number, factsAt: (index: number) => TileFacts): void {
    const [before, start] = [this.#shown, this.#from];
    this.#free.push(...before.filter((_, at) => start + at < from || start + at >= to));
    const made: TileSlot[] = [];
    const make = (): TileSlot => {
      const slot = this.#make();
      made.push(slot);
      return slot;
    };
    this.#from = from;
    this.#shown = Array.from(
      { length: Math.max(0, to - from) },
      (_, at) =>
        before[from + at - start] ?? this.#assign(this.#free.pop() ?? make(), factsAt(from + at)),
    );
    for (const slot of this.#free) this.#clear(slot);
    if (made.length > 0) this.all = [...this.all, ...made];
  }

  /**
   * As `show`, of another list or layout: tiles stand in the page in the order of the list again, and
   * a picture that stays in sight keeps its tile.
   */
  relay(from: number, to: number, factsAt: (index: number) => TileFacts): void {
    const before = this.#shown;
    this.#from = from;
    this.#shown = Array.from({ length: Math.max(0, to - from) }, (_, at) => {
      const facts = factsAt(from + at);
      const slot = before.find((one) => one.facts?.id === facts.id);
      if (slot === undefined) return this.#assign(this.#make(), facts);
      slot.facts = facts;
      return slot;
    });
    this.#turns.keep(this.#shown);
    this.#free = [];
    this.all = this.#shown;
  }

  scrolled(): void {
    this.#turns.scrolled();
  }

  /** More is known of the items. */
  learnt(): void {
    this.#turns.beginSoon();
  }

  /** Shows what is said of an item, and of no other. */
  glanceAt(id: number | undefined, glance: Glance | undefined): void {
    for (const slot of this.#shown) {
      slot.glance = slot.facts?.id === id ? glance : undefined;
    }
  }

  close(): void {
    this.#turns.close();
  }

  #make(): TileSlot {
    return new TileSlot((slot) => this.#turns.ended(slot));
  }

  #assign(slot: TileSlot, facts: TileFacts): TileSlot {
    this.#clear(slot);
    slot.facts = facts;
    slot.glance = undefined;
    this.#turns.beginSoon();
    return slot;
  }

  #clear(slot: TileSlot): void {
    slot.facts = undefined;
    slot.isDue = false;
    this.#turns.ended(slot);
  }

  /** Those whose picture was not asked for yet, nearest to the middle first. */
  #waiting(isKnown: (id: number) => boolean): TileSlot[] {
    const middle = this.#from + this.#shown.length / 2;
    const distance = ({ facts }: TileSlot): number => Math.abs((facts?.index ?? 0) - middle);
    return this.#shown
      .filter(({ isDue, facts }) => !isDue && facts !== undefined && isKnown(facts.id))
      .sort((a, b) => distance(a) - distance(b));
  }
}
