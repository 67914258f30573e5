/**
 * Renders every drawing of every style to a 64 px tile and packs one WebP atlas per style
 * into assets/, with tiles.json as the index. Run: npm run tiles --prefix scripts/starter
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { dominantColour } from './colours.ts';
import { CONCEPTS } from './concepts.ts';
import { ASSETS_DIR, DrawingSource, STYLES, type Style } from './sources.ts';
import { ATLAS_COLUMNS, TILE_SIZE, type TileIndex } from './tiles.ts';

type Drawing = { svg: string } | { file: string };

async function render(drawing: Drawing): Promise<Buffer> {
  const large =
    'svg' in drawing
      ? sharp(Buffer.from(drawing.svg), { density: 288 })
      : sharp(drawing.file).resize(256, 256);
  const trimmed = await large.ensureAlpha().png().toBuffer();
  return sharp(trimmed)
    .trim({ background: { r: 0, g: 0, b: 0, alpha: 0 }, threshold: 8 })
    .resize(TILE_SIZE, TILE_SIZE, { fit: 'contain', background: { r: 0, g: 0, b: 0, alpha: 0 } })
    .raw()
    .toBuffer();
}

async function buildAtlas(
  style: Style,
  source: DrawingSource,
): Promise<TileIndex['styles'][Style]> {
  const tiles: { concept: string; colour?: string }[] = [];
  const pixels: Buffer[] = [];
  for (const concept of CONCEPTS) {
    const drawing = source.find(style, concept.emoji);
    if (!drawing) continue;
    const rgba = await render(drawing);
    const colour = dominantColour(rgba);
    tiles.push({ concept: concept.name, ...(colour ? { colour } : {}) });
    pixels.push(rgba);
  }
  const rows = Math.ceil(tiles.length / ATLAS_COLUMNS);
  const raw = { width: TILE_SIZE, height: TILE_SIZE, channels: 4 as const };
  await sharp({
    create: {
      width: ATLAS_COLUMNS * TILE_SIZE,
      height: rows * TILE_SIZE,
      channels: 4,
      background: { r: 0, g: 0, b: 0, alpha: 0 },
    },
  })
    .composite(
      pixels.map((input, i) => ({
        input,
        raw,
        left: (i % ATLAS_COLUMNS) * TILE_SIZE,
        top: Math.floor(i / ATLAS_COLUMNS) * TILE_SIZE,
      })),
    )
    .webp({ quality: 86, alphaQuality: 90, effort: 6 })
    .toFile(join(ASSETS_DIR, `tiles-${style}.webp`));
  return tiles as TileIndex['styles'][Style];
}

mkdirSync(ASSETS_DIR, { recursive: true });
const source = new DrawingSource();
const styles: Partial<Record<Style, TileIndex['styles'][Style]>> = {};
for (const style of STYLES) {
  styles[style] = await buildAtlas(style, source);
  console.log(`${style}: ${styles[style]?.length ?? 0} drawings`);
}
writeFileSync(join(ASSETS_DIR, 'tiles.json'), JSON.stringify({ styles }));
