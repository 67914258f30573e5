import { describe, expect, test } from 'vitest';
import { metrics, metricsByIds } from '../../src-main/eval/metrics/index.ts';

function score(id: string, prediction: string, reference: string): number | null {
  const metric = metrics.find((candidate) => candidate.id === id);
  if (metric?.kind !== 'answer') throw new Error(`${id} compares no answers`);
  return metric.score(prediction, reference);
}

describe.each([
  ['exact-match', ' A  Cat.', 'a cat', 1],
  ['exact-match', 'a cat!?', 'A CAT', 1],
  ['exact-match', 'a-cat', 'a cat', 0],
  ['exact-match', '3.5', '3', 0],
  ['exact-match', 'ﬁne', 'fine', 1],
  ['exact-match', '是。', '是', 1],
  ['exact-match', '', '', 1],
  ['contains', 'It is a cat, I think.', 'cat', 1],
  ['contains', 'a category', 'cat', 0],
  ['contains', 'a category of cat', 'cat', 1],
  ['contains', '这是一只猫。', '猫', 1],
  ['contains', 'grade 12', 'grade 1', 0],
  ['contains', 'anything', '', 0],
  ['token-f1', 'The cat sat', 'a cat', 2 / 3],
  ['token-f1', 'cat cat', 'cat', 2 / 3],
  ['token-f1', 'dog', 'cat', 0],
  ['token-f1', 'the', 'a', 1],
  ['token-f1', 'the', 'cat', 0],
  ['rouge-l', 'the cat sat on the mat', 'the cat is on the mat', 10 / 12],
  ['rouge-l', 'mat the on', 'on the mat', 1 / 3],
  ['rouge-l', '', '', 1],
  ['rouge-l', 'a', '', 0],
  ['anls', 'Kilogram', 'kilograms', 1 - 1 / 9],
  ['anls', 'cat', 'dog', 0],
  ['anls', '', '', 1],
  ['anls', 'a', 'abc', 0],
  ['box-iou', 'at [0, 0, 2, 2]', '[0, 0, 2, 4]', 0.5],
  ['box-iou', '<box>(0,0),(10,10)</box>', '<box>(5,0),(15,10)</box>', 1 / 3],
  ['box-iou', 'nowhere', '[0, 0, 1, 1]', 0],
  // Two boxes wanted, one said and said twice: only one of the two can be met.
  ['box-iou', '[0, 0, 1, 1] and [0, 0, 1, 1]', '[0, 0, 1, 1], [5, 5, 6, 6]', 0.5],
] as const)('%s of %j against %j', (id, prediction, reference, wanted) => {
  test(`is ${wanted}`, () => {
    expect(score(id, prediction, reference) ?? NaN).toBeCloseTo(wanted, 12);
  });
});

test('boxes are measured only where the known answer has some', () => {
  expect(score('box-iou', '[0, 0, 1, 1]', 'a cat')).toBeNull();
});

test('metrics are found by id, each once; an unknown one is named', () => {
  expect(metricsByIds(['loss', 'rouge-l', 'loss']).map(({ id }) => id)).toEqual([
    'loss',
    'rouge-l',
  ]);
  expect(() => metricsByIds(['bleu'])).toThrow(
    expect.objectContaining({ code: 'eval/unknown-metric' }),
  );
});
