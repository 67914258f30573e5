import type { Random } from '../../src-main/base/random.ts';
import { BACKGROUND_KINDS, Canvas, type Placement } from './canvas.ts';
import { COLOUR_NAMES, shadeOf, type ColourName, type Rgb } from './colours.ts';
import type { Category, Concept } from './concepts.ts';
import { PHOTO_SIZE, type Photo } from './photos.ts';
import type { Pattern, ShapeTile } from './shapes.ts';
import type { Tile } from './tiles.ts';

/** Side of every picture the sampler makes, equal to the tower's input. */
export const IMAGE_SIZE = 72;

/** One thing in a scene, with what can be said about it. */
export interface SceneObject {
  readonly concept: Concept;
  readonly colour: ColourName | undefined;
  readonly pattern: Pattern | undefined;
  readonly place: Placement;
}

export interface Scene {
  readonly image: Uint8Array;
  readonly objects: readonly SceneObject[];
  readonly background: ColourName | undefined;
  readonly kind: 'drawing' | 'photo' | 'mixed';
  readonly inColour: boolean;
  /** Kind of thing in a photo for which the vocabulary has no name. */
  readonly category?: Category;
}

/** What may be drawn: the sets differ in concepts, styles and photos. */
export interface Palette {
  /** Drawings by concept; every list holds at least one. */
  readonly drawings: readonly (readonly Tile[])[];
  readonly shapes: readonly ShapeTile[];
  readonly photos: readonly Photo[];
}

export type Layout = 'single' | 'several' | 'same' | 'shapes' | 'photo';

interface Sprite {
  readonly levels: Tile['levels'];
  readonly tint: Rgb;
  readonly about: Omit<SceneObject, 'place'>;
}

function drawingSprite(tiles: readonly Tile[], random: Random): Sprite {
  const tile = random.pick(tiles);
  const light = random.uniform(0.82, 1.02);
  const tint: Rgb = [light * random.uniform(0.95, 1.03), light, light * random.uniform(0.95, 1.03)];
  return {
    levels: tile.levels,
    tint,
    about: { concept: tile.concept, colour: tile.colour, pattern: undefined },
  };
}

function shapeSprite(shapes: readonly ShapeTile[], background: ColourName, random: Random): Sprite {
  const tile = random.pick(shapes);
  const colour = random.pick(COLOUR_NAMES.filter((name) => name !== background));
  // A pattern's dark tone vanishes in black paint.
  const pattern = colour === 'black' ? 'plain' : tile.pattern;
  const levels = shapes.find((s) => s.concept === tile.concept && s.pattern === pattern)?.levels;
  const shade = shadeOf(colour, random);
  return {
    levels: levels ?? tile.levels,
    tint: [shade[0] / 255, shade[1] / 255, shade[2] / 255],
    about: { concept: tile.concept, colour, pattern },
  };
}

/** Sides and centres such that drawings hardly overlap; later tries shrink. */
function placeAll(count: number, layout: Layout, random: Random): Placement[] {
  const range = layout === 'single' ? [30, 68] : count <= 2 ? [25, 40] : [20, 30];
  for (let attempt = 0; ; attempt++) {
    const shrink = Math.max(0.6, 1 - attempt * 0.02);
    const places: Placement[] = [];
    for (let i = 0; i < count; i++) {
      const size = random.uniform(range[0] as number, range[1] as number) * shrink;
      const margin = size * 0.46;
      places.push({
        x: random.uniform(margin, IMAGE_SIZE - margin),
        y: random.uniform(margin, IMAGE_SIZE - margin),
        size,
        angle: random.uniform(-0.4, 0.4),
        mirrored: random.next() < 0.5,
      });
    }
    const apart = places.every((a, i) =>
      places.slice(i + 1).every((b) => Math.hypot(a.x - b.x, a.y - b.y) > (a.size + b.size) * 0.52),
    );
    if (apart || attempt > 200) return places;
  }
}

function chooseSprites(
  layout: Layout,
  palette: Palette,
  background: ColourName,
  random: Random,
): Sprite[] {
  const group = (): readonly Tile[] => random.pick(palette.drawings);
  if (layout === 'shapes') {
    const count = 1 + random.below(3);
    const sprites: Sprite[] = [];
    for (let guard = 0; sprites.length < count && guard < 30; guard++) {
      const sprite = shapeSprite(palette.shapes, background, random);
      if (!sprites.some((s) => s.about.concept === sprite.about.concept)) sprites.push(sprite);
    }
    return sprites;
  }
  if (layout === 'single') return [drawingSprite(group(), random)];
  if (layout === 'same') {
    const tiles = [random.pick(group())];
    return Array.from({ length: 1 + random.below(4) }, () => drawingSprite(tiles, random));
  }
  const groups = new Set<readonly Tile[]>();
  const count = Math.min(2 + random.below(3), palette.drawings.length);
  while (groups.size < count) groups.add(group());
  return [...groups].map((tiles) => drawingSprite(tiles, random));
}

function composePhoto(palette: Palette, random: Random): Scene {
  const source = random.pick([...new Set(palette.photos.map((p) => p.source))]);
  const photo = random.pick(palette.photos.filter((p) => p.source === source));
  const canvas = new Canvas(IMAGE_SIZE);
  canvas.paintPhoto(photo.rgb, PHOTO_SIZE, random, 0.82);
  const inColour = random.next() < 0.4;
  if (!inColour) canvas.removeColour(random.next() < 0.5);
  const place = {
    x: IMAGE_SIZE / 2,
    y: IMAGE_SIZE / 2,
    size: IMAGE_SIZE,
    angle: 0,
    mirrored: false,
  };
  const objects = photo.concept
    ? [{ concept: photo.concept, colour: undefined, pattern: undefined, place }]
    : [];
  return {
    image: canvas.toBytes(),
    objects,
    background: undefined,
    kind: 'photo',
    inColour,
    ...(photo.category ? { category: photo.category } : {}),
  };
}

/** Paints one scene; everything about it follows from the random state and the palette. */
export function composeScene(layout: Layout, palette: Palette, random: Random): Scene {
  if (layout === 'photo') return composePhoto(palette, random);
  const canvas = new Canvas(IMAGE_SIZE);
  const overPhoto = palette.photos.length > 0 && layout !== 'shapes' && random.next() < 0.12;
  const background = random.pick(COLOUR_NAMES);
  if (overPhoto) canvas.paintPhoto(random.pick(palette.photos).rgb, PHOTO_SIZE, random, 0.4);
  else {
    const kind = random.pick(BACKGROUND_KINDS);
    const first = shadeOf(background, random);
    canvas.paintBackground(kind, first, shadeOf(background, random), random);
  }
  const sprites = chooseSprites(layout, palette, background, random);
  const places = placeAll(sprites.length, layout, random);
  const objects = sprites.map((sprite, i) => {
    const place = places[i] as Placement;
    canvas.drawTile(sprite.levels, place, sprite.tint);
    return { ...sprite.about, place };
  });
  const inColour = layout === 'shapes' || random.next() < 0.94;
  if (!inColour) canvas.removeColour(random.next() < 0.5);
  if (random.next() < 0.25) canvas.addGrain(random.uniform(4, 16), random);
  return {
    image: canvas.toBytes(),
    objects,
    background: overPhoto || !inColour ? undefined : background,
    kind: overPhoto ? 'mixed' : 'drawing',
    inColour,
  };
}
