import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src-main/base/random.ts';
import {
  readSafetensorsHeader,
  readTensorBytes,
} from '../../src-main/formats/weights/safetensors.ts';
import { closeDevice } from '../../src-main/tensor/device.ts';
import type { DeviceName } from '../../src-main/tensor/device.ts';
import { dynamicMap, nf4Code } from '../../src-main/tensor/nf4-tables.ts';
import { dequantize, quantize } from '../../src-main/tensor/ops/index.ts';
import { quantFormats, quantizedSizeBytes } from '../../src-main/tensor/quantized.ts';
import type { QuantFormat } from '../../src-main/tensor/quantized.ts';
import { Tensor } from '../../src-main/tensor/tensor.ts';
import type { HostArray } from '../../src-main/tensor/tensor.ts';
import { openForTests, reasonForAbsence } from '../support/devices.ts';
import { fixtures } from '../support/fixture-case.ts';
import { floats, onEachDevice, opCase, opRefuses, withoutLeak } from '../support/ops.ts';

const file = join(fixtures, 'nf4', 'nf4.safetensors');

async function read(name: string): Promise<Float32Array | Uint8Array> {
  const header = await readSafetensorsHeader(file);
  const bytes = Uint8Array.from(await readTensorBytes(header, name));
  return header.tensors.get(name)?.dtype === 'U8' ? bytes : new Float32Array(bytes.buffer);
}

onEachDevice(() => {
  for (const format of ['nf4', 'int8'] as const) {
    for (const [rows, cols] of [
      [1, 64],
      [5, 7],
      [48, 100],
      [40, 512],
    ] as const) {
      opCase({
        op: 'quantize',
        title: `${format} of ${rows} by ${cols}`,
        inputs: [floats([rows, cols])],
        attrs: { format },
      });
    }
    opCase({
      op: 'quantize',
      title: `${format} of bf16 in wider rows`,
      inputs: [floats([6, 70], { dtype: 'bf16', layout: 'rows' })],
      attrs: { format },
    });
    opRefuses(
      `a vector, ${format}`,
      { op: 'quantize', inputs: [floats([64])], attrs: { format } },
      'tensor/shape-mismatch',
    );
    it(`${format} takes the bytes that arithmetic says`, () =>
      withoutLeak(() => {
        using x = Tensor.zeros([37, 190]);
        using matrix = quantize(x, format);
        expect(matrix.sizeBytes).toBe(quantizedSizeBytes(format, 37, 190));
      }));
  }

  describe.each(['m48x100', 'm64x64', 'm96x160'])('the reference’s %s', (name) => {
    it('has the same codes, absmaxes and values, to the bit', () =>
      withoutLeak(async () => {
        const shape = /m(\d+)x(\d+)/.exec(name)?.slice(1).map(Number) as [number, number];
        using weight = Tensor.from(await read(`${name}.weight`), shape);
        using matrix = quantize(weight, 'nf4');
        const { codes, scales, scales2, offset } = matrix.parts;
        expect(await codes.read()).toEqual(await read(`${name}.double.packed`));
        expect(await scales.read()).toEqual(await read(`${name}.double.absmax_codes`));
        expect(await scales2?.read()).toEqual(await read(`${name}.double.absmax2`));
        expect(await offset?.read()).toEqual(await read(`${name}.double.absmax_offset`));
        using values = dequantize(matrix);
        expect(await values.read()).toEqual(await read(`${name}.double.dequantised`));
      }));
  });

  it('the codes are the reference’s, and the same here and in the kernels', async () => {
    expect(nf4Code).toEqual(await read('nf4_code'));
    expect(dynamicMap).toEqual(await read('dynamic_map'));
    const native = readFileSync(
      join(import.meta.dirname, '../../native/core/nf4_tables.h'),
      'utf8',
    );
    const list = (name: string): number[] =>
      (new RegExp(`${name} = \\{([^}]*)\\}`).exec(native)?.[1] ?? '')
        .split(',')
        .map((text) => text.trim().replace(/f$/, ''))
        .filter((text) => text !== '')
        .map((text) => Math.fround(Number(text)));
    expect(list('kNf4Code')).toEqual([...nf4Code]);
    expect(list('kDynamicPositives')).toEqual([...dynamicMap.slice(128)]);
  });

  it('zeros stay zeros', () =>
    withoutLeak(async () => {
      using x = Tensor.zeros([3, 70]);
      for (const format of ['nf4', 'int8'] as const) {
        using matrix = quantize(x, format);
        using values = dequantize(matrix);
        expect((await values.readFloats()).every((value) => value === 0)).toBe(true);
      }
    }));
});

/** Codes, absmaxes and all else of one matrix of 131 by 517, on a device of its own. */
async function bitsOn(device: DeviceName, format: QuantFormat): Promise<HostArray[]> {
  openForTests(device);
  try {
    const random = new Random(5);
    // Rows of very different size, as after a norm: reciprocals of many numbers.
    const values = Array.from({ length: 131 * 517 }, (_, i) =>
      Math.fround(random.normal() * 1.37 ** ((i / 517) % 40)),
    );
    using x = Tensor.from(values, [131, 517]);
    using matrix = quantize(x, format);
    using back = dequantize(matrix);
    return await Promise.all([...matrix.tensors, back].map((part) => part.read()));
  } finally {
    closeDevice();
  }
}

const absence = reasonForAbsence('vulkan');
it.for(quantFormats)('%s has the same bits on each device', async (format, context) => {
  context.skip(absence !== null, absence ?? '');
  expect(await bitsOn('vulkan', format)).toEqual(await bitsOn('cpu', format));
});
