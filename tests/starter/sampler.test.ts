import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { COLOUR_NAMES } from '../../scripts/starter/colours.ts';
import { CATEGORIES, CONCEPTS } from '../../scripts/starter/concepts.ts';
import {
  EVAL_SET_SIZE,
  EVAL_SETS,
  IMAGE_SIZE,
  StarterData,
  type StarterSample,
} from '../../scripts/starter/data.ts';
import { HELD_OUT_STYLE } from '../../scripts/starter/sources.ts';
import { loadTiles } from '../../scripts/starter/tiles.ts';

const BYTES = IMAGE_SIZE * IMAGE_SIZE * 3;
const hash = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

let data: StarterData;
let samples: StarterSample[];
beforeAll(async () => {
  data = await StarterData.load();
  samples = Array.from({ length: 400 }, (_, i) => data.trainSample(i * 150));
});

describe('training samples', () => {
  it('are the same for an index in whatever order and process they are asked for', async () => {
    const again = await StarterData.load();
    for (const index of [60_000, 7, 0, 123]) {
      expect(again.trainSample(index)).toEqual(data.trainSample(index));
    }
    expect(data.trainSample(7).image).not.toEqual(data.trainSample(8).image);
  });

  it('have one picture of the right size, or none, and at least one answered question', () => {
    for (const { image, width, height, turns } of samples) {
      if (image === null) expect(['definition', 'repeat']).toContain(turns[0]?.task);
      else {
        expect([width, height, image.length]).toEqual([IMAGE_SIZE, IMAGE_SIZE, BYTES]);
        expect(new Set(image).size).toBeGreaterThan(2);
      }
      expect(turns.length).toBeGreaterThan(0);
      for (const { task, question, answer } of turns) {
        if (task === 'repeat') expect(question.endsWith(`: ${answer}`)).toBe(true);
        else expect(question).toMatch(/^[A-Z].*[.?]$/);
        expect(answer).toMatch(/^\S(.*\S)?$/);
        expect(`${question}${answer}`).not.toMatch(/undefined|null|NaN/);
      }
    }
  });

  it('never name a held-out concept', () => {
    const heldOut = CONCEPTS.filter((c) => c.heldOut);
    expect(heldOut.length).toBeGreaterThan(25);
    for (const { turns } of samples) {
      // Definitions are WordNet's words, in which any noun may stand.
      for (const { task, question, answer } of turns) {
        if (task === 'definition') continue;
        for (const { name, plural } of heldOut) {
          const words = new RegExp(`\\b(${name}|${plural})\\b`);
          // "dog" and "hot dog", "star" and "start" are different words.
          expect(`${question} ${answer}`).not.toMatch(words);
        }
      }
    }
  });

  it('ask what is true: yes and no, and every count, come up about as often as meant', () => {
    const answers = samples.flatMap((s) => s.turns);
    const presence = answers.filter((t) => t.task === 'presence').map((t) => t.answer);
    const yes = presence.filter((a) => a === 'yes').length / presence.length;
    expect(yes).toBeGreaterThan(0.35);
    expect(yes).toBeLessThan(0.65);
    for (const turn of answers) {
      if (turn.task === 'count') expect(turn.answer).toMatch(/^[1-4]$/);
      if (turn.task === 'category') expect(CATEGORIES).toContain(turn.answer);
      if (turn.task === 'background' || turn.task === 'objectColour') {
        expect(COLOUR_NAMES).toContain(turn.answer);
      }
    }
  });
});

describe('evaluation sets', () => {
  it('have 200 questions each, share no picture with training, and never change', () => {
    const trained = new Set(samples.map((s) => (s.image ? hash(s.image) : '')));
    const seen = new Set<string>();
    for (const name of EVAL_SETS) {
      const items = data.evalSet(name);
      expect(items).toHaveLength(EVAL_SET_SIZE);
      expect(data.evalSet(name)[17]).toEqual(items[17]);
      for (const { image, question, answer } of items) {
        expect(image).toHaveLength(BYTES);
        expect(`${question}${answer}`).not.toMatch(/undefined/);
        expect(trained.has(hash(image))).toBe(false);
        expect(seen.has(hash(image))).toBe(false);
        seen.add(hash(image));
      }
    }
  });

  it('ask about held-out concepts without naming them', () => {
    for (const { task } of data.evalSet('heldOutConcepts')) {
      expect(['category', 'categoryOf', 'objectColour', 'count', 'background']).toContain(task);
    }
  });

  it('cannot be answered by one word alone', () => {
    for (const name of EVAL_SETS) {
      const byTask = new Map<string, string[]>();
      for (const { task, answer } of data.evalSet(name)) {
        byTask.set(task, [...(byTask.get(task) ?? []), answer]);
      }
      const distinct = [...byTask].filter(([, answers]) => new Set(answers).size > 1);
      // Only "photo or drawing" of the photo set has one true answer.
      expect(byTask.size - distinct.length).toBe(name === 'photos' ? 1 : 0);
    }
  });
});

describe('drawings', () => {
  it('exist in every training style for every concept but a few, and in the held-out style', async () => {
    const tiles = await loadTiles();
    expect(tiles.length).toBeGreaterThan(1800);
    for (const concept of CONCEPTS) {
      const styles = tiles.filter((t) => t.concept.name === concept.name).map((t) => t.style);
      expect(styles.filter((s) => s !== HELD_OUT_STYLE).length, concept.name).toBeGreaterThan(3);
    }
    expect(tiles.filter((t) => t.style === HELD_OUT_STYLE).length).toBeGreaterThan(250);
    // Every tile was really drawn.
    for (const { levels, concept, style } of tiles) {
      const [full] = levels;
      const covered = full?.data.reduce((sum, v, i) => sum + (i % 4 === 3 && v > 128 ? 1 : 0), 0);
      expect(covered, `${concept.name} in ${style}`).toBeGreaterThan(150);
    }
  });
});
