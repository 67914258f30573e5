/** The blind vote: pairs of answers, sides dealt by chance, counted at the end. */
import { LensmithError } from '../../base/errors.ts';
import { Random } from '../../base/random.ts';
import { wilsonInterval } from '../../eval/statistics.ts';
import type { Ballot, VoteResult } from '../../ipc/contract/evaluations.ts';
import type { EvaluationRow, EvaluationSide, VoteColumn } from '../../store/evaluations.ts';
import type { SampleRecord } from './records.ts';
import type { SideScore } from './score-task.ts';

export type VoteChoice = 'left' | 'right' | 'tie';

const textsOf = (side: SideScore | null): string[] =>
  side?.answers.map(({ prediction }) => prediction) ?? [];

/** Pairs to vote on, and how many say the same. */
function pairsOf(samples: readonly SampleRecord[]): {
  readonly pairs: readonly SampleRecord[];
  readonly alike: number;
} {
  const both = samples.filter(
    ({ base, tuned }) => (base?.answers.length ?? 0) > 0 && (tuned?.answers.length ?? 0) > 0,
  );
  const pairs = both.filter(
    ({ base, tuned }) => textsOf(base).join('\n') !== textsOf(tuned).join('\n'),
  );
  return { pairs, alike: both.length - pairs.length };
}

/** The model at the left of a pair: chance, but the same for the same vote. */
function leftSide(seed: number, position: number): EvaluationSide {
  const random = new Random((Math.imul(seed, 0x9e3779b1) ^ position) >>> 0);
  return random.uint32() < 2 ** 31 ? 'base' : 'tuned';
}

/** Places of a pair in the order of the vote, by chance too: neighbours are often alike. */
function orderKey(seed: number, position: number): number {
  return new Random((Math.imul(position, 0x85ebca6b) ^ seed) >>> 0).uint32();
}

export function ballotOf(
  row: Pick<EvaluationRow, 'voteSeed' | 'voteEndedMs'>,
  samples: readonly SampleRecord[],
): Ballot {
  const { pairs, alike } = pairsOf(samples);
  const open = pairs.filter(({ vote }) => vote === null);
  const done = pairs.length - open.length;
  const isOver = row.voteEndedMs !== null || (open.length === 0 && done > 0);
  const next = isOver
    ? undefined
    : open.toSorted(
        (a, b) => orderKey(row.voteSeed, a.position) - orderKey(row.voteSeed, b.position),
      )[0];
  return {
    total: pairs.length,
    done,
    alike,
    next: next === undefined ? null : pairFor(next, row.voteSeed),
    result: isOver ? resultOf(pairs) : null,
  };
}

function pairFor({ position, facts, base, tuned }: SampleRecord, seed: number): Ballot['next'] {
  const isBaseLeft = leftSide(seed, position) === 'base';
  return {
    position,
    items: facts.items.map((item) => ({ ...item })),
    questions: [...facts.questions],
    references: [...facts.references],
    left: textsOf(isBaseLeft ? base : tuned),
    right: textsOf(isBaseLeft ? tuned : base),
  };
}

/** What a choice of side stands for. @throws evaluations/no-such-pair */
export function voteFor(
  { voteSeed }: Pick<EvaluationRow, 'voteSeed'>,
  samples: readonly SampleRecord[],
  position: number,
  choice: VoteChoice,
): VoteColumn {
  if (!pairsOf(samples).pairs.some((pair) => pair.position === position)) {
    throw new LensmithError('evaluations/no-such-pair', 'There is no such pair to vote on.', {
      got: `position ${position}`,
    });
  }
  if (choice === 'tie') return 'tie';
  const left = leftSide(voteSeed, position);
  if (choice === 'left') return left;
  return left === 'base' ? 'tuned' : 'base';
}

function resultOf(pairs: readonly SampleRecord[]): VoteResult {
  const count = (vote: VoteColumn | null): number =>
    pairs.filter((pair) => pair.vote === vote).length;
  const [base, tuned] = [count('base'), count('tuned')];
  const decided = base + tuned;
  const winRate =
    decided === 0
      ? null
      : {
          value: tuned / decided,
          interval: wilsonInterval(tuned, decided),
          method: 'wilson' as const,
        };
  return { base, tuned, ties: count('tie'), open: count(null), winRate };
}
