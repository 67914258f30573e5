import { onEachDevice, opCase } from '../support/ops.ts';
import { int8Inputs, nf4Inputs } from '../support/quantized-inputs.ts';

const op = 'dequantize';

onEachDevice(() => {
  for (const [rows, cols] of [
    [1, 3],
    [7, 90],
    [33, 640],
  ] as const) {
    const attrs = { rows, cols };
    const size = `${rows} by ${cols}`;
    opCase({ op, title: `nf4, ${size}`, inputs: nf4Inputs(rows, cols), attrs });
    opCase({ op, title: `nf4 once, ${size}`, inputs: nf4Inputs(rows, cols, false), attrs });
    opCase({ op, title: `int8, ${size}`, inputs: int8Inputs(rows, cols), attrs });
  }
});
