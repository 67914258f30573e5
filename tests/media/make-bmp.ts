export interface BmpRecipe {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  readonly fromTop?: boolean;
  /** Stored value of a pixel, rows counted from the top of the picture. */
  readonly pixel: (x: number, y: number) => number;
  /** RGB triples. */
  readonly palette?: Uint8Array;
  /** Of red, green, blue and maybe alpha; written with the header of 108 bytes. */
  readonly masks?: readonly number[];
  /** The OS/2 header of 12 bytes. */
  readonly oldHeader?: boolean;
}

function headerOf(recipe: BmpRecipe): Buffer {
  const { width, height, bits, masks, palette, fromTop } = recipe;
  if (recipe.oldHeader) {
    const header = Buffer.alloc(12);
    [12, 0, width, height, 1, bits].forEach((value, i) => {
      if (i !== 1) header.writeUInt16LE(value, i * 2);
    });
    return header;
  }
  const header = Buffer.alloc(masks ? 108 : 40);
  header.writeUInt32LE(header.length, 0);
  header.writeInt32LE(width, 4);
  header.writeInt32LE(fromTop ? -height : height, 8);
  header.writeUInt16LE(1, 12);
  header.writeUInt16LE(bits, 14);
  header.writeUInt32LE(masks ? 3 : 0, 16);
  header.writeUInt32LE(palette ? palette.length / 3 : 0, 32);
  masks?.forEach((mask, i) => header.writeUInt32LE(mask, 40 + i * 4));
  return header;
}

function paletteOf({ palette = new Uint8Array(), oldHeader = false }: BmpRecipe): Buffer {
  const entries: number[] = [];
  for (let at = 0; at < palette.length; at += 3) {
    entries.push(palette[at + 2]!, palette[at + 1]!, palette[at]!);
    if (!oldHeader) entries.push(0);
  }
  return Buffer.from(entries);
}

/** A bitmap file without compression. */
export function bmpFile(recipe: BmpRecipe): Buffer {
  const { width, height, bits } = recipe;
  const header = headerOf(recipe);
  const palette = paletteOf(recipe);
  const rowBytes = Math.ceil((width * bits) / 32) * 4;
  const pixels = Buffer.alloc(rowBytes * height);
  for (let y = 0; y < height; y += 1) {
    const from = rowBytes * (recipe.fromTop ? y : height - 1 - y);
    for (let x = 0; x < width; x += 1) {
      const value = recipe.pixel(x, y);
      if (bits >= 8) {
        pixels.writeUIntLE(value, from + (x * bits) / 8, bits / 8);
      } else {
        const bit = x * bits;
        pixels[from + (bit >> 3)]! |= value << (8 - bits - (bit % 8));
      }
    }
  }
  const start = Buffer.alloc(14);
  start.write('BM', 'latin1');
  start.writeUInt32LE(14 + header.length + palette.length + pixels.length, 2);
  start.writeUInt32LE(14 + header.length + palette.length, 10);
  return Buffer.concat([start, header, palette, pixels]);
}
