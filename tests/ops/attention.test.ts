import { floats, ints, onEachDevice, opCase, opFailsAtRead, opRefuses } from '../support/ops.ts';
import type { InputSpec } from '../support/ops.ts';

const op = 'attention';

interface Shape {
  readonly q: number;
  readonly k: number;
  readonly heads: number;
  readonly groups: number;
  readonly size: number;
  readonly layout?: 'contiguous' | 'rows';
}

function operands(s: Shape, qOffsets: number[], kOffsets: number[]): InputSpec[] {
  const layout = s.layout ?? 'contiguous';
  const keys = floats([s.k, s.groups, s.size], { layout });
  return [floats([s.q, s.heads, s.size], { layout }), keys, keys, ints(qOffsets), ints(kOffsets)];
}

function attrs(size: number, causal: boolean, window = 0): object {
  return { scale: 1 / Math.sqrt(size), causal, window };
}

onEachDevice(() => {
  const small = { q: 13, k: 13, heads: 2, groups: 2, size: 10 };
  for (const causal of [false, true]) {
    const how = causal ? 'causal' : 'full';
    const plain = operands(small, [0, 13], [0, 13]);
    opCase({ op, title: `${how}, one segment`, inputs: plain, attrs: attrs(10, causal) });
    const packed = operands(small, [0, 4, 4, 12, 13], [0, 4, 4, 12, 13]);
    opCase({ op, title: `${how}, segments, one empty`, inputs: packed, attrs: attrs(10, causal) });
    const grouped = operands({ ...small, heads: 6, groups: 2 }, [0, 5, 13], [0, 5, 13]);
    opCase({ op, title: `${how}, grouped heads`, inputs: grouped, attrs: attrs(10, causal) });
    const rows = operands({ ...small, heads: 4, layout: 'rows' }, [0, 13], [0, 13]);
    opCase({
      op,
      title: `${how}, slices of a wider projection`,
      inputs: rows,
      attrs: attrs(10, causal),
    });
    const cached = operands({ ...small, q: 3, k: 30 }, [0, 1, 3], [0, 17, 25]);
    opCase({
      op,
      title: `${how}, keys held from before`,
      inputs: cached,
      attrs: attrs(10, causal),
    });
    // Several tiles of rows and of keys, with remainders.
    const long = operands(
      { q: 150, k: 150, heads: 2, groups: 1, size: 24 },
      [0, 70, 150],
      [0, 70, 150],
    );
    opCase({
      op,
      title: `${how}, longer than a tile`,
      inputs: long,
      attrs: attrs(24, causal),
      samples: 2,
      long: true,
    });
    const tiles = operands(
      { q: 37, k: 37, heads: 2, groups: 1, size: 4 },
      [0, 20, 37],
      [0, 20, 37],
    );
    opCase({
      op,
      title: `${how}, longer than a small tile`,
      inputs: tiles,
      attrs: attrs(4, causal),
      samples: 2,
    });
  }
  opCase({
    op,
    title: 'window',
    inputs: operands(small, [0, 13], [0, 13]),
    attrs: attrs(10, true, 4),
  });
  opCase({
    op,
    title: 'window of one',
    inputs: operands(small, [0, 13], [0, 13]),
    attrs: attrs(10, true, 1),
  });
  const windowed = operands({ ...small, q: 4, k: 40 }, [0, 2, 4], [0, 21, 40]);
  opCase({ op, title: 'window over held keys', inputs: windowed, attrs: attrs(10, true, 6) });
  // As in decoding: few queries, keys for several groups, one conversation or several.
  const decoded = { heads: 4, groups: 2, size: 20 };
  const single = operands({ ...decoded, q: 1, k: 210 }, [0, 1], [0, 199]);
  opCase({
    op,
    title: 'one query, many keys',
    inputs: single,
    attrs: attrs(20, true),
    samples: 4,
  });
  opCase({
    op,
    title: 'one query, many keys, a window',
    inputs: single,
    attrs: attrs(20, true, 70),
    samples: 4,
  });
  const together = operands(
    { ...decoded, q: 3, k: 240, layout: 'rows' },
    [0, 1, 1, 2, 2, 3, 3],
    [0, 70, 80, 150, 160, 161, 240],
  );
  opCase({
    op,
    title: 'conversations together, with room between',
    inputs: together,
    attrs: attrs(20, true),
    samples: 4,
  });
  // More than work groups can hold in shared memory.
  const wide = operands({ q: 5, k: 20, heads: 2, groups: 1, size: 192 }, [0, 2, 5], [0, 3, 20]);
  opCase({
    op,
    title: 'a wide head',
    inputs: wide,
    attrs: attrs(192, true),
    samples: 3,
    long: true,
  });
  const one = operands({ q: 1, k: 1, heads: 1, groups: 1, size: 1 }, [0, 1], [0, 1]);
  opCase({ op, title: 'one row, one lane', inputs: one, attrs: attrs(1, true) });
  const blind = operands({ ...small, q: 6, k: 2 }, [0, 6], [0, 2]);
  opCase({ op, title: 'queries before every key', inputs: blind, attrs: attrs(10, true) });
  const nothing = operands({ ...small, q: 0, k: 0 }, [0, 0], [0, 0]);
  opCase({ op, title: 'no rows', inputs: nothing, attrs: attrs(10, true) });
  const alone = operands({ ...small, q: 3, k: 0 }, [0, 3], [0, 0]);
  opCase({ op, title: 'no keys', inputs: alone, attrs: attrs(10, false) });
  // The backward pass takes Σ grad · out from a result that was rounded to bf16, each product off by up to
  // 2^-9 of itself. A key's gradient adds that up over all rows that see it and their heads, here 26, which
  // may cancel where the errors do not: some tens of such, whatever its own rounding.
  const rounded = { op, gradientTolerance: 26 * 2 ** -9 } as const;
  const bf16 = (x: InputSpec): InputSpec => ({ ...x, dtype: x.dtype ?? 'bf16' });
  const odd = operands({ ...small, size: 5, heads: 4 }, [0, 4, 13], [0, 4, 13]).map(bf16);
  opCase({ ...rounded, title: 'bf16, an odd head', inputs: odd, attrs: attrs(5, true) });
  const sliced = operands({ ...small, layout: 'rows' }, [0, 13], [0, 13]).map(bf16);
  opCase({ ...rounded, title: 'bf16, slices', inputs: sliced, attrs: attrs(10, false) });
  const few = operands({ ...small, q: 3, k: 30, size: 8 }, [0, 1, 3], [0, 17, 25]);
  const fewMixed = few.map((x, i) => (i === 1 ? bf16(x) : x));
  opCase({ op, title: 'few queries, keys in bf16', inputs: fewMixed, attrs: attrs(8, true) });
  const rest = operands({ ...small, k: 20 }, [0, 9], [0, 15]);
  opCase({ op, title: 'rows past the last offset', inputs: rest, attrs: attrs(10, true) });
  const loud = operands(small, [0, 13], [0, 13]).map((input, i) =>
    i < 2 ? { ...input, values: (r: { normal(): number }) => 12 * r.normal() } : input,
  );
  opCase({
    op,
    title: 'scores of hundreds',
    inputs: loud,
    attrs: attrs(10, true),
    samples: 4,
    tolerance: 3e-5,
    // Gradients add up keys and queries that are 12 times as large, and where one key has all the weight
    // they cancel to nothing.
    gradientTolerance: 1e-4,
  });

  const given = { op, attrs: attrs(10, true) } as const;
  const uneven = operands({ ...small, heads: 3, groups: 2 }, [0, 13], [0, 13]);
  opRefuses('heads that do not divide', { ...given, inputs: uneven }, 'tensor/shape-mismatch');
  const offsets = operands(small, [0, 13], [0, 5, 13]);
  opRefuses('offsets of two lengths', { ...given, inputs: offsets }, 'tensor/shape-mismatch');
  const backwards = operands(small, [0, 13], [0, 13]);
  const negative = { op, attrs: attrs(10, true, -1), inputs: backwards } as const;
  opRefuses('a negative window', negative, 'tensor/bad-argument');
  const half = (x: InputSpec): InputSpec => ({ ...x, dtype: x.dtype ?? 'f16' });
  const halves = operands(small, [0, 13], [0, 13]).map(half);
  opRefuses('f16', { ...given, inputs: halves }, 'tensor/dtype-mismatch');
  opFailsAtRead('falling offsets', { ...given, inputs: operands(small, [0, 9, 5], [0, 9, 13]) });
  opFailsAtRead('offsets past the end', { ...given, inputs: operands(small, [0, 14], [0, 13]) });
  opFailsAtRead('a first offset above 0', { ...given, inputs: operands(small, [0, 13], [1, 13]) });
});
