import { floats, ints, isFurtherDriver, onEachDevice, opCase, opRefuses } from '../support/ops.ts';

const op = 'sample';
const plain = { temperature: 1, topK: 0, topP: 1, repetitionPenalty: 1, seed: 11, stream: 5 };

onEachDevice(() => {
  const rows = isFurtherDriver ? 13 : 403;
  const logits = floats([rows, 61], { values: (r) => 3 * r.normal() });
  for (let seed = 1; seed <= 5; seed++) {
    for (const settings of [
      {},
      { temperature: 0.3 },
      { temperature: 2.5 },
      { topK: 1 },
      { topK: 9 },
      { topP: 0.05 },
      { topP: 0.9 },
      { temperature: 0.7, topK: 40, topP: 0.8 },
    ]) {
      const attrs = { ...plain, ...settings, seed: seed * 859_433_219, stream: seed };
      const title = `seed ${seed}, ${JSON.stringify(settings)}`;
      opCase({ op, title, inputs: [logits, null], attrs, long: seed > 1 });
    }
  }
  const history = {
    shape: [rows, 7],
    dtype: 'i32',
    values: (r: { below(n: number): number }) => r.below(62) - 1,
  } as const;
  for (const repetitionPenalty of [0.5, 1.3, 4]) {
    const attrs = { ...plain, repetitionPenalty, topK: 20 };
    opCase({ op, title: `penalty ${repetitionPenalty}`, inputs: [logits, history], attrs });
  }
  const peaked = [floats([64, 32_003], { values: (r) => 2 * r.normal() }), null];
  const nucleus = { ...plain, topP: 0.95 };
  opCase({ op, title: 'a large vocabulary', inputs: peaked, attrs: nucleus, long: true });
  opCase({ op, title: 'a large vocabulary, all of it', inputs: peaked, attrs: plain, long: true });
  const some = [floats([2, 8003], { values: (r) => 2 * r.normal() }), null];
  opCase({ op, title: 'a vocabulary of thousands', inputs: some, attrs: nucleus });
  // Weights round to one number where scores do not: the nucleus goes by the scores.
  for (const words of [9, 1001]) {
    const close = floats([50, words], { values: (r) => 1 - r.below(words) * 2 ** -24 });
    const attrs = { ...plain, temperature: 3, topP: 0.3 };
    opCase({ op, title: `${words} scores close to each other`, inputs: [close, null], attrs });
  }
  opCase({ op, title: 'one token', inputs: [floats([5, 1]), null], attrs: plain });
  opCase({ op, title: 'no rows', inputs: [floats([0, 9]), null], attrs: plain });
  opCase({
    op,
    title: 'no history',
    inputs: [floats([2, 9]), ints([], [2, 0])],
    attrs: { ...plain, repetitionPenalty: 2 },
  });
  opCase({
    op,
    title: 'more than there are',
    inputs: [floats([9, 4]), null],
    attrs: { ...plain, topK: 100 },
  });
  for (const wrong of [
    { temperature: 0 },
    { topP: 0 },
    { topP: 1.1 },
    { topK: -1 },
    { repetitionPenalty: 0 },
    { seed: 0.5 },
  ]) {
    const given = { op, inputs: [floats([2, 9]), null], attrs: { ...plain, ...wrong } } as const;
    opRefuses(JSON.stringify(wrong), given, 'tensor/bad-argument');
  }
  const short = { op, inputs: [floats([2, 9]), ints([1, 2, 3], [1, 3])], attrs: plain } as const;
  opRefuses('a history of other rows', short, 'tensor/shape-mismatch');
  const real = { op, inputs: [floats([2, 9]), floats([2, 3])], attrs: plain } as const;
  opRefuses('a history of floats', real, 'tensor/dtype-mismatch');
});
