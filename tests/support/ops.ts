import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../src-main/base/random.ts';
import { LensmithError } from '../../src-main/base/errors.ts';
import { Tape } from '../../src-main/autograd/tape.ts';
import { applyAll } from '../../src-main/tensor/apply.ts';
import { closeDevice, memoryStats, synchronize } from '../../src-main/tensor/device.ts';
import { isFloat, valueDType } from '../../src-main/tensor/dtype.ts';
import type { DType, ValueDType } from '../../src-main/tensor/dtype.ts';
import type { Operands } from '../../src-main/tensor/op.ts';
import { registry } from '../../src-main/tensor/ops/registry.ts';
import type { AnyOp, OpName } from '../../src-main/tensor/ops/registry.ts';
import type { Reference } from '../../src-main/tensor/reference.ts';
import { Tensor } from '../../src-main/tensor/tensor.ts';
import { devices, isSoftware, openForTests, reasonForAbsence } from './devices.ts';
import { valuesOf } from './mismatch.ts';
import { expectClose, f32Tolerance, magnitudeOf } from './ops-compare.ts';
import { gradientTolerance as f32GradientTolerance } from './ops-compare.ts';
import { decode, encode, rounded } from './ops-dtypes.ts';
import { makeInput } from './ops-inputs.ts';
import type { Input, InputSpec } from './ops-inputs.ts';

export { valuesOf } from './mismatch.ts';
export { floats, ints } from './ops-inputs.ts';
export type { InputSpec } from './ops-inputs.ts';

/** Cases of the device at hand that its driver would take long for; null where none does. */
let leftOut: string[] | null = null;

/**
 * Runs the cases in `body` on each device; those of an absent one are replaced
 * by one skip that says why, and so are the long ones of a software driver.
 */
export function onEachDevice(body: () => void): void {
  for (const device of devices) {
    const reason = reasonForAbsence(device);
    if (reason !== null) {
      it(device, (context) => context.skip(true, reason));
      continue;
    }
    // Software drivers compile each kernel anew, on a machine that may be busy.
    describe(device, { timeout: 180_000 }, () => {
      beforeAll(() => openForTests(device));
      afterAll(() => closeDevice());
      leftOut = isSoftware(device) ? [] : null;
      body();
      if (leftOut !== null && leftOut.length > 0) {
        const reason = `long on a software driver, run on the CPU and on graphics cards: ${leftOut.join('; ')}`;
        it('long cases', (context) => context.skip(true, reason));
      }
      leftOut = null;
    });
  }
}

export interface OpCase {
  readonly op: OpName;
  readonly title: string;
  readonly inputs: readonly (InputSpec | null)[];
  readonly attrs?: unknown;
  /** Relative; see expectClose. */
  readonly tolerance?: number;
  /** The same for gradients. */
  readonly gradientTolerance?: number;
  /** Elements of each input that finite differences are taken for. */
  readonly samples?: number;
  /** Left out, aloud, where a driver only imitates a graphics card; or on further such drivers only. */
  readonly long?: boolean | 'on further drivers';
}

interface Prepared {
  readonly op: AnyOp;
  readonly attrs: unknown;
  readonly inputs: readonly (Input | null)[];
  readonly operands: Operands;
  readonly references: readonly (Reference | null)[];
}

function prepare(spec: Pick<OpCase, 'op' | 'inputs' | 'attrs'>, random: Random): Prepared {
  const inputs = spec.inputs.map((input) => (input === null ? null : makeInput(input, random)));
  return {
    op: registry[spec.op] as unknown as AnyOp,
    attrs: spec.attrs ?? null,
    inputs,
    operands: inputs.map((input) => input?.tensor ?? null),
    references: inputs.map((input) => input?.reference ?? null),
  };
}

/** Runs `body` and asks that it left as many tensors and as much memory as there were. */
export async function withoutLeak(body: () => Promise<void> | void): Promise<void> {
  const before = memoryStats();
  await body();
  await synchronize();
  const after = memoryStats();
  expect(after.tensors, 'live tensors').toBe(before.tensors);
  expect(after.liveBytes, 'live bytes').toBe(before.liveBytes);
}

/** tests/drivers/ runs the case files again, which must not take as long again. */
export const isFurtherDriver = process.env['LENSMITH_TEST_FURTHER_DRIVER'] === '1';

function isLong({ long = false }: OpCase): boolean {
  return long === true || (long !== false && isFurtherDriver);
}

/**
 * One case of an op: each output against the composed form in float64, each
 * gradient against central differences of it, and nothing left in memory.
 */
export function opCase(spec: OpCase): void {
  if (leftOut !== null && isLong(spec)) {
    leftOut.push(spec.title);
    return;
  }
  it(spec.title, async () => {
    const random = new Random(spec.title.length + 1000 * spec.inputs.length);
    await withoutLeak(async () => {
      const prepared = prepare(spec, random);
      try {
        const dtype = await checkOutputs(prepared, spec.tolerance ?? f32Tolerance);
        if (!('notDifferentiable' in prepared.op.vjp)) {
          const tolerance = spec.gradientTolerance ?? f32GradientTolerance;
          const samples = Math.min(spec.samples ?? 12, isFurtherDriver ? 3 : Infinity);
          await checkGradients(prepared, dtype, samples, random, tolerance);
        }
      } finally {
        for (const input of prepared.inputs) input?.tensor.dispose();
      }
    });
  });
}

/** @returns dtype of the first output */
async function checkOutputs(prepared: Prepared, tolerance: number): Promise<DType> {
  const { op, operands, attrs, references } = prepared;
  const outputs = applyAll(op, operands, attrs);
  const wanted = op.composed(references, attrs);
  for (const [i, want] of wanted.entries()) {
    const output = outputs[i];
    if (!output) expect.fail(`output ${i} is missing`);
    expect(output.shape, `shape of output ${i}`).toEqual([...want.shape]);
    const { dtype } = output;
    const options = { dtype, isComputed: op.name !== 'cast' };
    expectClose(await valuesOf(output), want.data, tolerance, `output ${i}`, options);
  }
  const dtype = outputs[0]?.dtype ?? 'f32';
  for (const output of outputs) output?.dispose();
  return dtype;
}

/** @param dtype of the first output, which its gradient has, too */
async function checkGradients(
  prepared: Prepared,
  dtype: DType,
  samples: number,
  random: Random,
  tolerance: number,
): Promise<void> {
  const leaves = prepared.inputs.flatMap((input, i) =>
    input && isFloat(input.tensor.dtype) && input.spec.grad !== false ? [i] : [],
  );
  const [result] = prepared.op.composed(prepared.references, prepared.attrs);
  const drawn = Float64Array.from((result as Reference).data, () => Math.fround(random.normal()));
  const seedDType = valueDType(dtype);
  const cotangent = rounded(drawn, seedDType);
  // Terms of the cotangent's size may cancel to nothing: what is left is their rounding.
  const least = 0.05 * magnitudeOf(cotangent);
  // All at once, then each alone: rules may do other things when less is asked for.
  const asked = leaves.length > 1 ? [leaves, ...leaves.map((leaf) => [leaf])] : [leaves];
  const slopes = new Map(leaves.map((i) => [i, slopesOf(prepared, i, cotangent, samples, random)]));
  for (const wanted of asked) {
    const { shape } = result as Reference;
    const gradients = await gradientsOf(prepared, wanted, shape, cotangent, seedDType);
    for (const i of wanted) {
      const slope = slopes.get(i) as Slopes;
      const gradient = gradients.get(i) as Gradient;
      const picked = Float64Array.from(slope.at, (n) => gradient.values[n] as number);
      const what = `gradient of operand ${i} (${wanted.length === 1 ? 'alone' : 'with others'})`;
      const options = { least, dtype: gradient.dtype, isComputed: true };
      expectClose(picked, slope.values, tolerance, what, options);
    }
  }
}

interface Gradient {
  readonly dtype: ValueDType;
  readonly values: Float64Array;
}

/** Gradients by the tape of Σ output · cotangent, for the operands named. */
async function gradientsOf(
  prepared: Prepared,
  wanted: readonly number[],
  shape: readonly number[],
  cotangent: Float64Array,
  seedDType: ValueDType,
): Promise<Map<number, Gradient>> {
  const tape = new Tape();
  const found = new Map<number, Gradient>();
  for (const i of wanted) (prepared.operands[i] as Tensor).requiresGrad = true;
  const outputs = tape.run(() => applyAll(prepared.op, prepared.operands, prepared.attrs));
  using seed = Tensor.from(encode(cotangent, seedDType), shape, seedDType);
  using gradients = tape.backward(outputs[0] as Tensor, seed);
  for (const output of outputs) output?.dispose();
  for (const i of wanted) {
    const leaf = prepared.operands[i] as Tensor;
    leaf.requiresGrad = false;
    using gradient = gradients.take(leaf.id);
    if (gradient === null) expect.fail(`operand ${i} has no gradient`);
    expect(gradient.shape).toEqual(leaf.shape);
    const dtype = valueDType(gradient.dtype);
    expect(gradient.dtype).toBe(dtype);
    found.set(i, { dtype, values: decode(await gradient.read(), dtype) });
  }
  expect(gradients.ids(), 'gradients that nobody asked for').toEqual([]);
  return found;
}

interface Slopes {
  readonly at: readonly number[];
  readonly values: Float64Array;
}

/** Central differences of Σ composed · cotangent for some elements of one operand. */
function slopesOf(
  { op, references, attrs }: Prepared,
  operand: number,
  cotangent: Float64Array,
  samples: number,
  random: Random,
): Slopes {
  const { shape, data } = references[operand] as Reference;
  const step = 1e-4;
  const at = random.permutation(data.length).slice(0, samples);
  const objective = (element: number, shift: number): number => {
    const moved = data.slice();
    moved[element] = (moved[element] as number) + shift;
    const inputs = references.map((x, i) => (i === operand ? { shape, data: moved } : x));
    const [output] = op.composed(inputs, attrs);
    return (output as Reference).data.reduce(
      (sum, x, i) => (Number.isFinite(x) ? sum + x * (cotangent[i] as number) : sum),
      0,
    );
  };
  const slope = (n: number): number => (objective(n, step) - objective(n, -step)) / (2 * step);
  return { at, values: Float64Array.from(at, slope) };
}

/** Operands that do not fit are refused at once, with this code, and nothing is left behind. */
export function opRefuses(
  title: string,
  spec: Pick<OpCase, 'op' | 'inputs' | 'attrs'>,
  code: string,
): void {
  it(`refuses ${title}`, async () => {
    await withoutLeak(() => {
      const prepared = prepare(spec, new Random(1));
      try {
        expectCode(() => applyAll(prepared.op, prepared.operands, prepared.attrs), code);
      } finally {
        for (const input of prepared.inputs) input?.tensor.dispose();
      }
    });
  });
}

/** What only the contents tell surfaces at the next read; afterwards the device works again. */
export function opFailsAtRead(
  title: string,
  spec: Pick<OpCase, 'op' | 'inputs' | 'attrs'>,
  code = 'tensor/index-out-of-range',
): void {
  it(`reports ${title} at the next read`, async () => {
    await withoutLeak(async () => {
      const prepared = prepare(spec, new Random(1));
      const outputs = applyAll(prepared.op, prepared.operands, prepared.attrs);
      await expect((outputs[0] as Tensor).read()).rejects.toMatchObject({
        name: 'LensmithError',
        code,
      });
      for (const tensor of [...outputs, ...prepared.operands]) tensor?.dispose();
      using after = Tensor.full([3], 7);
      expect([...(await after.readFloats())]).toEqual([7, 7, 7]);
    });
  });
}

/** That a call throws a LensmithError of this code. */
export function expectCode(call: () => unknown, code: string): void {
  let thrown: unknown;
  try {
    call();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(LensmithError);
  expect((thrown as LensmithError).code).toBe(code);
}
