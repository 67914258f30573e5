/**
 * Cuts the photos into 144 px squares and packs them into assets/photos.webp with photos.json.
 * Training views come from scikit-image's sample pictures (a documented input: pass the folder
 * that holds chelsea.png, coffee.png, …); test views from the @stdlib/datasets-img packages.
 * Run: npm run photos --prefix scripts/starter -- FOLDER
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { PHOTO_COLUMNS, PHOTO_SIZE, type PhotoEntry } from './photos.ts';
import { ASSETS_DIR, packageFile } from './sources.ts';

/** left, top, width and (when it is no square) height in source pixels. */
type Cut = readonly [number, number, number, number?];

interface View extends PhotoEntry {
  readonly file: string;
  readonly cut: Cut;
}

const folder = process.argv[2];
if (!folder) throw new Error('Usage: build-photos.ts FOLDER_OF_SCIKIT_IMAGE_SAMPLES');

function train(file: string, concept: string | null, ...cuts: Cut[]): View[] {
  return cuts.map((cut) => ({
    split: 'train',
    source: file,
    file: join(folder as string, file),
    concept,
    category: null,
    cut,
  }));
}

function test(
  name: string,
  concept: string | null,
  category: PhotoEntry['category'],
  ...cuts: Cut[]
): View[] {
  const file = packageFile('@stdlib', `datasets-img-${name}`, 'data', 'image.jpg');
  return cuts.map((cut) => ({ split: 'test', source: name, file, concept, category, cut }));
}

/** The plate holds 4 rows of 6 frames of one walking cat. */
function catFrames(): Cut[] {
  return Array.from({ length: 24 }, (_, i) => {
    const column = i % 6;
    const row = Math.floor(i / 6);
    return [14 + column * 167, 8 + row * 130, 158, 112] as const;
  });
}

const views: View[] = [
  ...train('chelsea.png', 'cat', [0, 0, 300], [60, 0, 300], [30, 40, 250]),
  ...train('coffee.png', 'coffee', [80, 0, 400], [130, 0, 380], [60, 10, 390]),
  ...train('rocket.jpg', 'rocket', [210, 80, 230], [190, 100, 250], [106, 0, 427]),
  ...train('hubble_deep_field.jpg', null, [0, 0, 400], [400, 300, 400]),
  ...train('grass.png', null, [0, 0, 256], [256, 256, 256]),
  ...train('gravel.png', null, [0, 0, 256], [256, 256, 256]),
  ...train('brick.png', null, [0, 0, 256], [0, 256, 256]),
  ...test('locomotion-house-cat', 'cat', 'animal', ...catFrames()),
  ...test(
    'airplane-from-above',
    'airplane',
    'vehicle',
    [155, 0, 717],
    [200, 60, 620],
    [180, 40, 660],
  ),
  ...test('allium-oreophilum', null, 'plant', [0, 0, 807], [60, 20, 690]),
  ...test('acanthus-mollis', null, 'plant', [40, 40, 700], [40, 310, 700], [180, 20, 430]),
  ...test('dust-bowl-home', 'house', 'building', [480, 180, 520], [400, 120, 624], [520, 200, 440]),
  ...test('march-pastoral', 'ram', 'animal', [400, 150, 340], [290, 30, 220], [430, 40, 440]),
  ...test(
    'nagasaki-boats',
    'sailboat',
    'vehicle',
    [440, 110, 420],
    [380, 60, 560],
    [460, 160, 330],
  ),
  ...test('french-alpine-landscape', null, null, [60, 0, 484], [500, 0, 480]),
  ...test('black-canyon', null, null, [0, 0, 750], [270, 0, 750]),
];

const tiles: Buffer[] = [];
for (const { file, cut } of views) {
  const [left, top, width, height = width] = cut;
  tiles.push(
    await sharp(file)
      .extract({ left, top, width, height })
      .resize(PHOTO_SIZE, PHOTO_SIZE, { fit: 'contain', background: '#948870' })
      .toColourspace('srgb')
      .removeAlpha()
      .raw()
      .toBuffer(),
  );
}
const rows = Math.ceil(tiles.length / PHOTO_COLUMNS);
const side = PHOTO_SIZE;
await sharp({
  create: { width: PHOTO_COLUMNS * side, height: rows * side, channels: 3, background: '#000' },
})
  .composite(
    tiles.map((input, i) => ({
      input,
      raw: { width: side, height: side, channels: 3 as const },
      left: (i % PHOTO_COLUMNS) * side,
      top: Math.floor(i / PHOTO_COLUMNS) * side,
    })),
  )
  .webp({ quality: 82, effort: 6 })
  .toFile(join(ASSETS_DIR, 'photos.webp'));
const entries: PhotoEntry[] = views.map(({ split, source, concept, category }) => ({
  split,
  source,
  concept,
  category,
}));
writeFileSync(join(ASSETS_DIR, 'photos.json'), `${JSON.stringify(entries)}\n`);
console.log(`${entries.length} photo views`);
