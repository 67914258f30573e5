// `node scripts/packaging/icons.mjs`: makes the icons of each platform from resources/icons/icon.svg.
// The results are committed; run it after a change of the drawing.
import { Buffer } from 'node:buffer';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { root } from '../lib/paths.mjs';

const folder = join(root, 'resources', 'icons');

/** ICNS types by their size in pixels; each holds a PNG. */
const icnsTypes = { ic07: 128, ic08: 256, ic09: 512, ic10: 1024, ic11: 32, ic12: 64, ic13: 256 };
const icoSizes = [16, 24, 32, 48, 64, 128, 256];

function png(size) {
  const drawing = join(folder, 'icon.svg');
  return sharp(drawing, { density: 144 })
    .resize(size, size)
    .png({ compressionLevel: 9, palette: size > 256 })
    .toBuffer();
}

/** Windows: a list of entries of 16 bytes, then the PNGs; 256 is written as 0. */
async function ico() {
  const images = await Promise.all(icoSizes.map(png));
  const header = Buffer.alloc(6 + 16 * images.length);
  header.writeUInt16LE(1, 2);
  header.writeUInt16LE(images.length, 4);
  let offset = header.length;
  images.forEach((image, i) => {
    const at = 6 + 16 * i;
    header.writeUInt8(icoSizes[i] % 256, at);
    header.writeUInt8(icoSizes[i] % 256, at + 1);
    header.writeUInt16LE(1, at + 4);
    header.writeUInt16LE(32, at + 6);
    header.writeUInt32LE(image.length, at + 8);
    header.writeUInt32LE(offset, at + 12);
    offset += image.length;
  });
  return Buffer.concat([header, ...images]);
}

/** macOS: chunks of a type, their length with these eight bytes, and a PNG. */
async function icns() {
  const chunks = await Promise.all(
    Object.entries(icnsTypes).map(async ([type, size]) => {
      const image = await png(size);
      const head = Buffer.from(`${type}\0\0\0\0`);
      head.writeUInt32BE(image.length + 8, 4);
      return Buffer.concat([head, image]);
    }),
  );
  const body = Buffer.concat(chunks);
  const head = Buffer.from('icns\0\0\0\0');
  head.writeUInt32BE(body.length + 8, 4);
  return Buffer.concat([head, body]);
}

writeFileSync(join(folder, 'icon.png'), await png(512));
writeFileSync(join(folder, 'icon.ico'), await ico());
writeFileSync(join(folder, 'icon.icns'), await icns());
