// attention whose operands may be rounded to 16 bits: the same mathematics, of which devices with
// cooperative matrices have kernels of their own. The others ignore it, and run these cases too.
import type { Random } from '../../src-main/base/random.ts';
import type { DType } from '../../src-main/tensor/dtype.ts';
import { floats, ints, onEachDevice, opCase } from '../support/ops.ts';
import type { InputSpec } from '../support/ops.ts';

const op = 'attention';

// A factor of 8 significant bits (bf16; f16 has 11) is off by up to u = 2^-8 of itself. A score is a sum
// of products of two such, off by 2u of their size at most and, since signs differ, by about 0.6u of its
// standard deviation of 1; that is the relative error of a probability, which is then rounded itself.
// A result, a sum of them with rounded values, is off by about u of its size; five times that is rare
// among thousands of elements. Gradients have one more product of rounded factors in front of that.
const u = 2 ** -8;
const tolerances = { tolerance: 5 * u, gradientTolerance: 10 * u };

interface Shape {
  readonly q: number;
  readonly k?: number;
  readonly heads?: number;
  readonly groups?: number;
  /** Of a head; 16 when not given. */
  readonly size?: number;
  readonly layout?: 'contiguous' | 'rows';
  /** Of the values: their standard deviation. */
  readonly values?: number;
  /** Of queries, keys and values; f32 when not given. */
  readonly dtypes?: readonly [DType, DType, DType];
}

function operands(s: Shape, qOffsets: number[], kOffsets = qOffsets): InputSpec[] {
  const { q, k = q, heads = 2, groups = 1, size = 16, layout = 'contiguous', values = 1 } = s;
  const [ofQueries, ofKeys, ofValues] = s.dtypes ?? (['f32', 'f32', 'f32'] as const);
  const queries = floats([q, heads, size], { layout, dtype: ofQueries });
  const keys = floats([k, groups, size], { layout, dtype: ofKeys });
  const drawn = { layout, dtype: ofValues, values: (r: Random) => values * r.normal() };
  return [queries, keys, floats([k, groups, size], drawn), ints(qOffsets), ints(kOffsets)];
}

function reducedCase(
  title: string,
  inputs: InputSpec[],
  { causal = true, window = 0, samples = 3, long = false } = {},
): void {
  const size = inputs[0]?.shape[2] as number;
  const attrs = { scale: 1 / Math.sqrt(size), causal, window, reduced: true };
  opCase({ op, title, inputs, attrs, samples, long, ...tolerances });
}

// Head sizes are few: each, causal or not, has kernels that a driver compiles anew.
onEachDevice(() => {
  for (const causal of [false, true]) {
    const how = causal ? 'causal' : 'full';
    const segments = operands({ q: 37 }, [0, 20, 37]);
    reducedCase(`${how}, segments`, segments, { causal });
    const grouped = operands({ q: 40, heads: 6, groups: 2 }, [0, 40]);
    reducedCase(`${how}, grouped heads`, grouped, { causal });
    const several = operands({ q: 150 }, [0, 70, 150]);
    reducedCase(`${how}, several tiles`, several, { causal, samples: 2 });
    const held = operands({ q: 37, k: 90 }, [0, 20, 37], [0, 47, 71]);
    reducedCase(`${how}, keys held from before`, held, { causal });
  }
  const small = operands({ q: 70 }, [0, 70]);
  reducedCase('window', small, { window: 9 });
  reducedCase('window of one', small, { window: 1 });
  reducedCase('slices of a wider projection', operands({ q: 33, layout: 'rows' }, [0, 33]));
  reducedCase('queries before every key', operands({ q: 40, k: 2 }, [0, 40], [0, 2]));
  reducedCase('rows past the last offset', operands({ q: 40, k: 60 }, [0, 33], [0, 41]));
  reducedCase('no keys', operands({ q: 20, k: 0 }, [0, 20], [0, 0]), { causal: false });
  reducedCase('few queries', operands({ q: 3, k: 40 }, [0, 3], [0, 40]));
  const ends = operands({ q: 20, k: 60 }, [0, 6, 6, 20], [0, 17, 28, 60]);
  reducedCase('ends of segments, of one none', ends);
  // Beyond the range of f16, on either side.
  reducedCase('large values', operands({ q: 33, values: 1e6 }, [0, 33]));
  reducedCase('small values', operands({ q: 33, values: 1e-9 }, [0, 33]));
  // Sizes that are no multiple of the small matrices', and those of vision towers and decoders.
  reducedCase('a head of 5', operands({ q: 20, size: 5 }, [0, 20]));
  // As layers hand them on beside weights of 16 bits: read as they lie where rows begin at 16 bytes.
  const bf16 = ['bf16', 'bf16', 'bf16'] as const;
  reducedCase('bf16', operands({ q: 40, heads: 4, groups: 2, dtypes: bf16 }, [0, 22, 40]));
  const slices = operands({ q: 33, layout: 'rows', dtypes: bf16 }, [0, 33]);
  reducedCase('bf16, slices of a wider projection', slices);
  const mixed = operands({ q: 33, dtypes: ['f32', 'bf16', 'f32'] }, [0, 30], [0, 33]);
  reducedCase('bf16 beside f32', mixed);
  reducedCase('bf16, a head of 5', operands({ q: 20, size: 5, dtypes: bf16 }, [0, 20]));
  reducedCase('a head of 72', operands({ q: 33, size: 72 }, [0, 33]), { samples: 2, long: true });
  for (const size of [64, 80, 128, 256]) {
    const inputs = operands({ q: 70, size }, [0, 70]);
    reducedCase(`a head of ${size}`, inputs, { samples: 2, long: true });
  }
});
