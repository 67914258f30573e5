/** The end of `npm run bench:peers` must name what fell short, or it is taken for a success. */
import { expect, test } from 'vitest';
import { missedGoals, summarise } from './results.ts';
import type { Pair } from './results.ts';
import type { Work } from './works.ts';

const plain: Work = {
  name: 'greedy decoding',
  threads: 2,
  ours: { task: 'decode', format: 'f16', figure: 'greedy decode' },
  theirs: { peer: 'llama', form: 'f16', figure: 'decode' },
  goal: 1.2,
};
const work: Work = { ...plain, memoryGoal: 0.5, bandwidthGoal: 0.7 };

function pair(ours: number, ourBytes: number, bandwidth: number): Pair {
  const shares = { multiplyAdds: 0.1, bandwidth };
  return { ours, theirs: 100, ourBytes, theirBytes: 1000, unit: 'tokens/s', version: 'x', shares };
}

test('a goal that is met in most rounds is met', () => {
  const result = summarise(work, [pair(121, 400, 0.8), pair(90, 600, 0.3), pair(120, 500, 0.7)]);
  expect(result).toMatchObject({ ratio: 1.2, memory: 0.5, shares: { bandwidth: 0.7 } });
  expect(missedGoals([result])).toEqual(['No goal was missed.']);
});

test('each missed goal has its line', () => {
  const result = summarise(work, [pair(119, 510, 0.69)]);
  expect(missedGoals([result])).toEqual([
    'missed: greedy decoding, 2 threads: ratio 1.190, goal 1.2',
    "missed: greedy decoding, 2 threads: memory 0.510 of the peer's, goal 0.5",
    'missed: greedy decoding, 2 threads: 69 % of the bandwidth, goal 70 %',
  ]);
});

test('memory and bandwidth count only where they have goals', () => {
  const result = summarise(plain, [pair(120, 2000, 0.1)]);
  expect(result.memory).toBeNull();
  expect(missedGoals([result])).toEqual(['No goal was missed.']);
});
