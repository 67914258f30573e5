import { forEachSpan, RunLengthWriter } from './run-lengths.ts';
import type { Mask } from './run-lengths.ts';
import type { Rect, Size } from '../geometry/plane.ts';

/** Pixels of a side of a tile. */
export const tileSide = 256;

/** A square of the picture; `pixels` hold 1 inside the mask, 0 outside, row by row. */
export interface Tile {
  readonly column: number;
  readonly row: number;
  readonly pixels: Uint8Array;
  /** Grows with each change, so that what was drawn of it can be told from what is new. */
  version: number;
}

/**
 * A mask that can be painted on. It has memory only where there is paint: a stroke across a picture of
 * 40 megapixels costs its own tiles and no array of the picture's size.
 */
export class TiledMask {
  readonly #picture: Size;
  readonly #columns: number;
  readonly #tiles = new Map<number, Tile>();

  /** @param picture paint outside of it is cut off */
  constructor(picture: Size) {
    this.#picture = picture;
    this.#columns = Math.ceil(picture.width / tileSide);
  }

  static from(mask: Mask, picture: Size): TiledMask {
    const tiled = new TiledMask(picture);
    forEachSpan(mask, (row, start, end) => tiled.fill(row, start, end, 1));
    return tiled;
  }

  get tiles(): Iterable<Tile> {
    return this.#tiles.values();
  }

  get tileCount(): number {
    return this.#tiles.size;
  }

  /** Sets columns from `start` to before `end` of a row. */
  fill(row: number, start: number, end: number, value: 0 | 1): void {
    if (row < 0 || row >= this.#picture.height) return;
    let at = Math.max(0, start);
    const stop = Math.min(this.#picture.width, end);
    while (at < stop) {
      const column = Math.floor(at / tileSide);
      const until = Math.min(stop, (column + 1) * tileSide);
      const tile = this.#tileFor(column, Math.floor(row / tileSide), value === 1);
      if (tile !== undefined) {
        const offset = (row % tileSide) * tileSide - column * tileSide;
        tile.pixels.fill(value, offset + at, offset + until);
        tile.version++;
      }
      at = until;
    }
  }

  /** The smallest rectangle around all paint; null for none. */
  bounds(): Rect | null {
    let left = Infinity;
    let top = Infinity;
    let right = -1;
    let bottom = -1;
    for (const tile of this.#tiles.values()) {
      for (let y = 0; y < tileSide; y++) {
        const line = tile.pixels.subarray(y * tileSide, (y + 1) * tileSide);
        const first = line.indexOf(1);
        if (first === -1) continue;
        left = Math.min(left, tile.column * tileSide + first);
        right = Math.max(right, tile.column * tileSide + line.lastIndexOf(1));
        top = Math.min(top, tile.row * tileSide + y);
        bottom = Math.max(bottom, tile.row * tileSide + y);
      }
    }
    if (right < 0) return null;
    return { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
  }

  /** Run lengths over the smallest rectangle; null where nothing is painted. */
  toMask(): Mask | null {
    const bounds = this.bounds();
    if (bounds === null) return null;
    const writer = new RunLengthWriter(bounds.width, bounds.height);
    const rows = this.#tilesByRow();
    for (let y = bounds.y; y < bounds.y + bounds.height; y++) {
      for (const tile of rows.get(Math.floor(y / tileSide)) ?? []) {
        this.#spansOf(tile, y % tileSide, (start, end) =>
          writer.span(y - bounds.y, start - bounds.x, end - bounds.x),
        );
      }
    }
    return { kind: 'mask', ...bounds, counts: writer.finish() };
  }

  #tileFor(column: number, row: number, makes: boolean): Tile | undefined {
    const key = row * this.#columns + column;
    const known = this.#tiles.get(key);
    if (known !== undefined || !makes) return known;
    const tile = { column, row, pixels: new Uint8Array(tileSide * tileSide), version: 0 };
    this.#tiles.set(key, tile);
    return tile;
  }

  #tilesByRow(): Map<number, Tile[]> {
    const rows = new Map<number, Tile[]>();
    for (const tile of this.#tiles.values()) {
      const row = rows.get(tile.row);
      if (row === undefined) rows.set(tile.row, [tile]);
      else row.push(tile);
    }
    for (const row of rows.values()) row.sort((a, b) => a.column - b.column);
    return rows;
  }

  #spansOf(tile: Tile, y: number, visit: (start: number, end: number) => void): void {
    const line = tile.pixels.subarray(y * tileSide, (y + 1) * tileSide);
    const left = tile.column * tileSide;
    for (let start = line.indexOf(1); start !== -1;) {
      const found = line.indexOf(0, start);
      const end = found === -1 ? tileSide : found;
      visit(left + start, left + end);
      start = line.indexOf(1, end);
      if (end === tileSide) return;
    }
  }
}
