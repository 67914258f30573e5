import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '../../src-main/base/random.ts';
import { COLOUR_NAMES } from './colours.ts';
import { CONCEPTS, type Concept } from './concepts.ts';
import { loadPhotos, type Photo } from './photos.ts';
import { composeScene, IMAGE_SIZE, type Layout, type Palette, type Scene } from './scene.ts';
import { drawShapes, SHAPE_CONCEPTS } from './shapes.ts';
import { ASSETS_DIR, HELD_OUT_STYLE, MODEL_DIR, readJson, STARTER_DIR } from './sources.ts';
import { ask, askSeveral, type TaskName, type Turn } from './tasks.ts';
import { loadTiles, type Tile } from './tiles.ts';

export { IMAGE_SIZE, type TaskName, type Turn };

/** Folder with tokenizer.json, the chat template, processor and model configuration. */
export const TOKENIZER_DIR = MODEL_DIR;

/** A conversation about one picture ([72, 72, 3] bytes), or about none (text only). */
export interface StarterSample {
  readonly image: Uint8Array | null;
  readonly width: number;
  readonly height: number;
  readonly turns: readonly Turn[];
}

/** A picture with what lies under each patch of the tower: the tower's first lessons. */
export interface TowerSample {
  readonly image: Uint8Array;
  /** By patch, row by row: an index into `conceptNames`, 0 for the background. */
  readonly concepts: Uint16Array;
  /** By patch: an index into COLOUR_NAMES, or -1 where no one word fits. */
  readonly colours: Int8Array;
}

/** One question about one picture. */
export interface EvalItem extends Turn {
  readonly image: Uint8Array;
  readonly width: number;
  readonly height: number;
}

export const EVAL_SETS = ['newScenes', 'heldOutStyle', 'heldOutConcepts', 'photos'] as const;
export type EvalSetName = (typeof EVAL_SETS)[number];
export const EVAL_SET_SIZE = 200;

interface Recipe {
  readonly seed: number;
  readonly patchSize: number;
  readonly curriculum: {
    readonly samples: number;
    readonly easyShareFirst: number;
    readonly easyShareLast: number;
  };
}

const RECIPE = readJson<Recipe>(STARTER_DIR, 'recipe.json');
const TRAIN_STREAM = 1;
const EVAL_STREAM = 2;
const TOWER_STREAM = 9;

/** A generator of its own per (stream, index): no two samples share a state. */
function randomAt(stream: number, index: number): Random {
  const random = new Random([index >>> 0, stream, RECIPE.seed >>> 0, 0x9e3779b9]);
  for (let i = 0; i < 24; i++) random.uint32();
  return random;
}

function groupByConcept(tiles: readonly Tile[]): Tile[][] {
  const groups = new Map<Concept, Tile[]>();
  for (const tile of tiles) {
    const group = groups.get(tile.concept);
    if (group) group.push(tile);
    else groups.set(tile.concept, [tile]);
  }
  return [...groups.values()];
}

/** Tasks of each evaluation set, asked in turn. */
const EVAL_TASKS: Readonly<Record<EvalSetName, readonly [Exclude<TaskName, 'definition' | 'repeat'>, Layout][]>> = {
  newScenes: [
    ['name', 'single'], ['category', 'single'], ['objectColour', 'single'], ['background', 'several'],
    ['count', 'same'], ['where', 'several'], ['relation', 'several'], ['presence', 'several'],
    ['list', 'several'], ['name', 'shapes'],
  ],
  heldOutStyle: [
    ['name', 'single'], ['category', 'single'], ['objectColour', 'single'], ['count', 'same'],
    ['presence', 'several'],
  ],
  heldOutConcepts: [
    ['category', 'single'], ['categoryOf', 'single'], ['objectColour', 'single'],
    ['count', 'same'], ['background', 'single'],
  ],
  photos: [['name', 'photo'], ['category', 'photo'], ['categoryOf', 'photo'], ['presence', 'photo'], ['medium', 'photo']],
}; // prettier-ignore

/** The starter's data: endless training conversations and four fixed evaluation sets. */
export class StarterData {
  readonly #train: Palette;
  readonly #evalPalettes: Readonly<Record<EvalSetName, Palette>>;
  readonly #known: readonly Concept[];
  readonly #glosses: readonly (readonly [string, string])[];

  private constructor(
    tiles: readonly Tile[],
    photos: readonly Photo[],
    glosses: Record<string, string>,
  ) {
    const shapes = drawShapes();
    const known = tiles.filter((t) => t.style !== HELD_OUT_STYLE && !t.concept.heldOut);
    const trainPhotos = photos.filter((p) => p.split === 'train');
    const palette = (drawn: readonly Tile[], seen: readonly Photo[]): Palette => ({
      drawings: groupByConcept(drawn),
      shapes,
      photos: seen,
    });
    this.#train = palette(known, trainPhotos);
    this.#evalPalettes = {
      newScenes: this.#train,
      heldOutStyle: palette(
        tiles.filter((t) => t.style === HELD_OUT_STYLE && !t.concept.heldOut),
        [],
      ),
      heldOutConcepts: palette(
        tiles.filter((t) => t.style !== HELD_OUT_STYLE && t.concept.heldOut),
        [],
      ),
      photos: palette(
        known,
        photos.filter((p) => p.split === 'test'),
      ),
    };
    this.#known = [...CONCEPTS.filter((c) => !c.heldOut), ...SHAPE_CONCEPTS];
    const names = new Set(this.#known.map((c) => c.name));
    this.#glosses = Object.entries(glosses).filter(([name]) => names.has(name));
  }

  static async load(): Promise<StarterData> {
    const glosses = JSON.parse(readFileSync(join(ASSETS_DIR, 'glosses.json'), 'utf8')) as Record<
      string,
      string
    >;
    return new StarterData(await loadTiles(), await loadPhotos(), glosses);
  }

  /**
   * Training conversation number `index`: the same bytes and words every time. Early indices
   * are mostly one large drawing; the share falls linearly over the recipe's curriculum.
   */
  trainSample(index: number): StarterSample {
    const random = randomAt(TRAIN_STREAM, index);
    const textOnly = random.next();
    if (textOnly < 0.03) return this.#definition(random);
    if (textOnly < 0.07) return repetition(random);
    const { samples, easyShareFirst, easyShareLast } = RECIPE.curriculum;
    const progress = Math.min(1, index / samples);
    const easy = easyShareFirst + (easyShareLast - easyShareFirst) * progress;
    for (;;) {
      const layout = random.next() < easy ? 'single' : mixedLayout(random);
      const scene = composeScene(layout, this.#train, random);
      const turns = askSeveral(scene, layout === 'single' ? 3 : 4, random, this.#known);
      if (turns.length > 0) return { ...withSize(scene), turns };
    }
  }

  /** Classes of the tower's lessons: the background, then every known thing. */
  get conceptNames(): string[] {
    return ['background', ...this.#known.map((concept) => concept.name)];
  }

  /** Lesson number `index` for the tower alone. */
  towerSample(index: number): TowerSample {
    const random = randomAt(TOWER_STREAM, index);
    const u = random.next();
    const layout = u < 0.4 ? 'single' : u < 0.75 ? 'several' : u < 0.85 ? 'same' : 'shapes';
    const scene = composeScene(layout, this.#train, random);
    const side = IMAGE_SIZE / RECIPE.patchSize;
    const concepts = new Uint16Array(side * side);
    const colours = new Int8Array(side * side);
    for (let patch = 0; patch < side * side; patch++) {
      const x = ((patch % side) + 0.5) * RECIPE.patchSize;
      const y = (Math.floor(patch / side) + 0.5) * RECIPE.patchSize;
      const object = scene.objects.findLast(
        ({ place }) => Math.hypot(place.x - x, place.y - y) < 0.42 * place.size,
      );
      const colour = object === undefined || !scene.inColour ? scene.background : object.colour;
      concepts[patch] = object === undefined ? 0 : this.#classOf(object.concept.name);
      colours[patch] = colour === undefined ? -1 : COLOUR_NAMES.indexOf(colour);
    }
    return { image: scene.image, concepts, colours };
  }

  #classOf(name: string): number {
    return 1 + this.#known.findIndex((concept) => concept.name === name);
  }

  /** The fixed set; none of its scenes can occur in training. */
  evalSet(name: EvalSetName): EvalItem[] {
    const stream = EVAL_STREAM + EVAL_SETS.indexOf(name);
    const tasks = EVAL_TASKS[name];
    const items: EvalItem[] = [];
    for (let index = 0; items.length < EVAL_SET_SIZE; index++) {
      const random = randomAt(stream, index);
      const [task, layout] = tasks[items.length % tasks.length] as (typeof tasks)[number];
      const scene = composeScene(layout, this.#evalPalettes[name], random);
      const turn = ask(task, nameless(scene, name), random, this.#known);
      if (turn) items.push({ ...withSize(scene), ...turn });
    }
    return items;
  }

  #definition(random: Random): StarterSample {
    const [name, gloss] = random.pick(this.#glosses);
    const question = random.pick([`What does ${name} mean?`, `Define ${name}.`]);
    return {
      image: null,
      width: 0,
      height: 0,
      turns: [{ task: 'definition', question, answer: gloss }],
    };
  }
}

const onsets = [
  'b',
  'br',
  'd',
  'dr',
  'f',
  'g',
  'h',
  'k',
  'kl',
  'l',
  'm',
  'n',
  'p',
  'r',
  's',
  'st',
  't',
  'tr',
  'v',
  'w',
  'z',
];
const vowels = ['a', 'e', 'i', 'o', 'u', 'ee', 'oa'];
const codas = ['', '', 'l', 'm', 'n', 'r', 's', 't', 'nd', 'x'];

function inventedWord(random: Random): string {
  const syllables = 1 + random.below(3);
  let word = '';
  for (let i = 0; i < syllables; i++) {
    word += random.pick(onsets) + random.pick(vowels) + random.pick(codas);
  }
  return random.next() < 0.5 ? word : word.charAt(0).toUpperCase() + word.slice(1);
}

/** Words that mean nothing, to be said again: so that every piece of a word can be spelled. */
function repetition(random: Random): StarterSample {
  const words = Array.from({ length: 1 + random.below(4) }, () => inventedWord(random));
  const answer =
    words.join(random.pick([' ', ', ', '. ', ': ', ' - '])) + random.pick(['', '.', '!']);
  const question = `${random.pick(['Repeat: ', 'Say: ', 'Write this: '])}${answer}`;
  return { image: null, width: 0, height: 0, turns: [{ task: 'repeat', question, answer }] };
}

function mixedLayout(random: Random): Layout {
  const u = random.next();
  if (u < 0.42) return 'several';
  if (u < 0.64) return 'same';
  return u < 0.95 ? 'shapes' : 'photo';
}

function withSize(scene: Scene): { image: Uint8Array; width: number; height: number } {
  return { image: scene.image, width: IMAGE_SIZE, height: IMAGE_SIZE };
}

/** Held-out things are asked about without their names, which the starter never learned. */
function nameless(scene: Scene, set: EvalSetName): Scene {
  if (set !== 'heldOutConcepts') return scene;
  const objects = scene.objects.map((o) => ({
    ...o,
    concept: { ...o.concept, name: 'object', plural: 'objects' },
  }));
  return { ...scene, objects };
}
