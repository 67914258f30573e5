import type { Random } from '../../src-main/base/random.ts';
import { CATEGORIES, withArticle, type Category, type Concept } from './concepts.ts';
import type { Scene, SceneObject } from './scene.ts';

export interface Turn {
  readonly task: TaskName;
  readonly question: string;
  readonly answer: string;
}

const COUNT_WORDS = ['no', 'one', 'two', 'three', 'four'];

/** The one concept of a scene, when all its objects share it. */
function onlyConcept(scene: Scene): Concept | undefined {
  const first = scene.objects[0]?.concept;
  return scene.objects.every((o) => o.concept === first) ? first : undefined;
}

function onlyCategory(scene: Scene): Category | undefined {
  return onlyConcept(scene)?.category ?? scene.category;
}

function oneOfAKind(scene: Scene): SceneObject[] {
  return scene.objects.filter(
    (o) => scene.objects.filter((other) => other.concept === o.concept).length === 1,
  );
}

function name(scene: Scene, random: Random): [string, string] | undefined {
  const concept = onlyConcept(scene);
  if (!concept) return undefined;
  const question = random.pick([
    'What is this?', 'What is in the picture?', 'Name the object.', 'What do you see?',
    'What is shown here?', 'Which object is this?',
  ]); // prettier-ignore
  return [question, concept.name];
}

function category(scene: Scene, random: Random): [string, string] | undefined {
  const truth = onlyCategory(scene);
  if (!truth) return undefined;
  const question = random.pick([
    'What kind of thing is this?', 'Which category is this?', 'What type of object is it?',
  ]); // prettier-ignore
  return [question, truth];
}

function categoryOf(scene: Scene, random: Random): [string, string] | undefined {
  const truth = onlyCategory(scene);
  if (!truth) return undefined;
  const holds = random.next() < 0.5;
  const others = CATEGORIES.filter((c) => c !== truth);
  const asked = holds ? truth : random.pick(others);
  const phrase = {
    food: 'food',
    clothing: 'clothing',
    sport: 'from sport',
    sky: 'in the sky',
    household: 'a household thing',
  };
  const words = (phrase as Record<string, string>)[asked] ?? withArticle(asked);
  return [`Is it ${words}?`, holds ? 'yes' : 'no'];
}

function objectColour(scene: Scene, random: Random): [string, string] | undefined {
  const known = oneOfAKind(scene).filter((o) => o.colour !== undefined);
  if (!scene.inColour || known.length === 0) return undefined;
  const object = random.pick(known);
  const alone = scene.objects.length === 1 && random.next() < 0.6;
  const noun = alone ? random.pick(['it', 'the object']) : `the ${object.concept.name}`;
  return [`What colour is ${noun}?`, object.colour as string];
}

function background(scene: Scene, random: Random): [string, string] | undefined {
  if (!scene.background) return undefined;
  const question = random.pick([
    'What colour is the background?', 'Which colour is behind it?', 'Name the background colour.',
  ]); // prettier-ignore
  return [question, scene.background];
}

function count(scene: Scene, random: Random): [string, string] | undefined {
  if (scene.kind === 'photo') return undefined;
  const concept = onlyConcept(scene);
  const total = String(scene.objects.length);
  if (concept && concept.name !== concept.plural && random.next() < 0.5) {
    return [`How many ${concept.plural} are there?`, total];
  }
  return [
    random.pick([
      'How many objects are there?',
      'How many things do you see?',
      'Count the objects.',
    ]),
    total,
  ];
}

/** left, right, top, bottom or center; undefined where people would disagree. */
function region({ place }: SceneObject): string | undefined {
  const dx = place.x - 36;
  const dy = place.y - 36;
  const near = Math.min(Math.abs(dx), Math.abs(dy));
  const far = Math.max(Math.abs(dx), Math.abs(dy));
  if (far < 6) return 'center';
  if (far < 11 || far - near < 6) return undefined;
  if (far === Math.abs(dx)) return dx < 0 ? 'left' : 'right';
  return dy < 0 ? 'top' : 'bottom';
}

function where(scene: Scene, random: Random): [string, string] | undefined {
  if (scene.kind === 'photo') return undefined;
  const clear = oneOfAKind(scene).filter((o) => region(o) !== undefined);
  if (clear.length === 0) return undefined;
  const object = random.pick(clear);
  const noun = scene.objects.length === 1 && random.next() < 0.5 ? 'object' : object.concept.name;
  return [`Where is the ${noun}?`, region(object) as string];
}

/** Which thing lies on a side of another; asked only when one thing does. */
function relation(scene: Scene, random: Random): [string, string] | undefined {
  if (scene.objects.length < 2 || scene.objects.length > 3) return undefined;
  const anchor = random.pick(scene.objects);
  const sides = [
    ['left of', -1, 0],
    ['right of', 1, 0],
    ['above', 0, -1],
    ['below', 0, 1],
  ] as const;
  const answers: [string, string][] = [];
  for (const [words, sx, sy] of sides) {
    const there = scene.objects.filter((o) => {
      const dx = (o.place.x - anchor.place.x) * (sx || sy);
      const dy = (o.place.y - anchor.place.y) * (sx || sy);
      return sx ? dx > 12 && dx > 1.3 * Math.abs(dy) : dy > 12 && dy > 1.3 * Math.abs(dx);
    });
    if (there.length === 1 && there[0]?.concept !== anchor.concept) {
      answers.push([
        `What is ${words} the ${anchor.concept.name}?`,
        (there[0] as SceneObject).concept.name,
      ]);
    }
  }
  return answers.length ? random.pick(answers) : undefined;
}

function presence(
  scene: Scene,
  random: Random,
  all: readonly Concept[],
): [string, string] | undefined {
  if (scene.objects.length === 0) return undefined;
  const here = random.pick(scene.objects).concept;
  if (random.next() < 0.5) return [`Do you see ${withArticle(here.name)}?`, 'yes'];
  const pool = random.next() < 0.5 ? all.filter((c) => c.category === here.category) : all;
  const absent = random.pick(pool);
  const found = scene.objects.some((o) => o.concept === absent);
  return [`Do you see ${withArticle(absent.name)}?`, found ? 'yes' : 'no'];
}

function list(scene: Scene, random: Random): [string, string] | undefined {
  if (scene.objects.length < 2 || scene.objects.length > 3 || onlyConcept(scene)) return undefined;
  const ordered = [...scene.objects].sort((a, b) => a.place.x - b.place.x);
  const question = random.pick(['List the objects.', 'Name all objects.', 'What are the objects?']);
  return [question, ordered.map((o) => o.concept.name).join(', ')];
}

function nounPhrase(object: SceneObject): string {
  const pattern = object.pattern && object.pattern !== 'plain' ? `${object.pattern} ` : '';
  const colour = object.pattern ? `${object.colour} ` : '';
  return withArticle(`${pattern}${colour}${object.concept.name}`);
}

function caption(scene: Scene, random: Random): [string, string] | undefined {
  if (scene.objects.length === 0 || scene.objects.length > 3) return undefined;
  const concept = onlyConcept(scene);
  const ordered = [...scene.objects].sort((a, b) => a.place.x - b.place.x);
  let things = ordered.map(nounPhrase).join(' and ');
  if (concept && ordered.length > 1)
    things = `${COUNT_WORDS[ordered.length] ?? ''} ${concept.plural}`;
  const place = scene.background ? ` on ${withArticle(scene.background)} background` : '';
  const medium = scene.kind === 'photo' ? 'a photo of ' : '';
  const question = random.pick([
    'Describe the picture.',
    'Write a caption.',
    'Describe the image briefly.',
  ]);
  return [question, `${medium}${things}${place}`];
}

function medium(scene: Scene): [string, string] | undefined {
  return scene.kind === 'mixed' ? undefined : ['Is this a photo or a drawing?', scene.kind];
}

function pattern(scene: Scene): [string, string] | undefined {
  const [only] = scene.objects;
  if (!only?.pattern || scene.objects.length > 1) return undefined;
  return [`What pattern has the ${only.concept.name}?`, only.pattern];
}

function bigger(scene: Scene, random: Random): [string, string] | undefined {
  const [a, b] = scene.objects;
  if (!a || !b || scene.objects.length > 2 || a.concept === b.concept) return undefined;
  const ratio = a.place.size / b.place.size;
  if (ratio < 1.25 && ratio > 0.8) return undefined;
  const [x, y] = random.next() < 0.5 ? [a, b] : [b, a];
  const question = `Which is bigger, the ${x.concept.name} or the ${y.concept.name}?`;
  return [question, (ratio > 1 ? a : b).concept.name];
}

type Ask = (scene: Scene, random: Random, all: readonly Concept[]) => [string, string] | undefined;

const TASKS = {
  name, category, categoryOf, objectColour, background, count, where,
  relation, presence, list, caption, medium, pattern, bigger,
} satisfies Record<string, Ask>; // prettier-ignore

export type TaskName = keyof typeof TASKS | 'definition' | 'repeat';

/** How often each task is tried first; naming and describing teach the tower most. */
const WEIGHTS: Readonly<Record<keyof typeof TASKS, number>> = {
  name: 8, category: 2, categoryOf: 1, objectColour: 2, background: 2, count: 2, where: 2,
  relation: 3, presence: 2, list: 4, caption: 3, medium: 0.1, pattern: 1, bigger: 1,
}; // prettier-ignore

/** One question of the given task about the scene, or undefined when it does not apply. */
export function ask(
  task: keyof typeof TASKS,
  scene: Scene,
  random: Random,
  all: readonly Concept[],
): Turn | undefined {
  const found = (TASKS[task] as Ask)(scene, random, all);
  return found && { task, question: found[0], answer: found[1] };
}

/** Up to `count` questions of different tasks in a random order, by weight. */
export function askSeveral(
  scene: Scene,
  count: number,
  random: Random,
  all: readonly Concept[],
): Turn[] {
  // Exponential keys: sorting by them draws without replacement in proportion to the weights.
  const order = (Object.keys(TASKS) as (keyof typeof TASKS)[])
    .map((task) => ({ task, key: -Math.log(1 - random.next()) / WEIGHTS[task] }))
    .sort((a, b) => a.key - b.key);
  const turns: Turn[] = [];
  for (const { task } of order) {
    if (turns.length === count) break;
    const turn = ask(task, scene, random, all);
    if (turn) turns.push(turn);
  }
  return turns;
}
