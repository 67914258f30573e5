/** Samples of an evaluation as a list shows them: the worst first, narrowed by what a person looks for. */
import type { MetricFacts, Outcome, Slice } from '../../ipc/contract/evaluations.ts';
import { outcomeOf, worstFirst } from './compare.ts';
import type { SampleRecord } from './records.ts';

export interface SampleWish {
  /** Empty: all, those without a score too. */
  readonly outcomes: readonly Outcome[];
  readonly slice: Slice | null;
  /** Words that must all occur, anywhere in question, true answer or what a model said. */
  readonly text: string;
}

export function findEvaluated(
  samples: readonly SampleRecord[],
  metric: MetricFacts,
  { outcomes, slice, text }: SampleWish,
): SampleRecord[] {
  const words = text
    .toLowerCase()
    .split(/\s+/u)
    .filter((word) => word !== '');
  const found = samples.filter((sample) => {
    if (outcomes.length > 0) {
      const outcome = outcomeOf(sample, metric);
      if (outcome === null || !outcomes.includes(outcome)) return false;
    }
    const isInSlice =
      slice === null ||
      sample.facts.slices.some(({ group, name }) => group === slice.group && name === slice.name);
    return isInSlice && (words.length === 0 || hasWords(sample, words));
  });
  return worstFirst(found, metric);
}

function hasWords({ facts, base, tuned }: SampleRecord, words: readonly string[]): boolean {
  const said = [base, tuned].flatMap(
    (side) => side?.answers.map(({ prediction }) => prediction) ?? [],
  );
  const all = [
    ...facts.questions,
    ...facts.references,
    ...said,
    ...facts.items.map(({ name }) => name),
  ]
    .join('\n')
    .toLowerCase();
  return words.every((word) => all.includes(word));
}

export function outcomeCounts(samples: readonly SampleRecord[], metric: MetricFacts) {
  const found = samples.map((sample) => outcomeOf(sample, metric));
  const count = (outcome: Outcome): number => found.filter((one) => one === outcome).length;
  return {
    fixed: count('fixed'),
    regressed: count('regressed'),
    bothRight: count('both-right'),
    bothWrong: count('both-wrong'),
  };
}
