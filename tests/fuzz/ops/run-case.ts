/** One case on the device that is open: what it gives, or how it is refused. */
import { Tape } from '../../../src-main/autograd/tape.ts';
import { LensmithError } from '../../../src-main/base/errors.ts';
import { Random } from '../../../src-main/base/random.ts';
import { applyAll } from '../../../src-main/tensor/apply.ts';
import { isFloat } from '../../../src-main/tensor/dtype.ts';
import type { DType } from '../../../src-main/tensor/dtype.ts';
import { registry } from '../../../src-main/tensor/ops/registry.ts';
import type { AnyOp, OpName } from '../../../src-main/tensor/ops/registry.ts';
import { Tensor } from '../../../src-main/tensor/tensor.ts';
import { roundingOfFactors } from '../../support/devices.ts';
import { magnitudeOf, valuesOf } from '../../support/mismatch.ts';
import { makeInput } from '../../support/ops-inputs.ts';
import type { Input, InputSpec } from '../../support/ops-inputs.ts';
import { fuzzCases } from './cases.ts';
import type { FuzzCase } from './cases.ts';
import { inPlaceCases } from './in-place-cases.ts';

export interface NamedValues {
  /** "output 0", "gradient of operand 1". */
  readonly what: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly values: Float64Array;
  /** Size of the terms that were added up, where they may cancel to nothing. */
  readonly least?: number;
}

export interface Outcome {
  /** For people: shapes and attributes. */
  readonly describedAs: string;
  readonly tolerance: number;
  readonly refusal: string | null;
  readonly results: readonly NamedValues[];
}

export const fuzzedOps: readonly string[] = [
  ...Object.keys(fuzzCases),
  ...Object.keys(inPlaceCases),
].sort();

const usualTolerance = 3e-6;

/**
 * How many units of a rounded factor a result may be off, relative to its magnitude, where a device rounds
 * factors beside one of 16 bits. A sum is off by a third of one, some times that among thousands; behind a
 * softmax it counts as often as the logits are large, about ten, and rarely five times that.
 */
function roundingOf(name: string, inputs: readonly (InputSpec | null)[]): number {
  const isNarrow = inputs.some((spec) => spec?.dtype === 'bf16' || spec?.dtype === 'f16');
  if (name === 'quantized_matmul' || name === 'quantized_lora_linear') return 6;
  if (name === 'matmul' || name === 'lora_linear') return isNarrow ? 6 : 0;
  return name === 'linear_cross_entropy' && isNarrow ? 16 : 0;
}

/**
 * What gradients of attention are off by where each side has rounded its own result to bf16 and takes
 * Σ grad · out from that: see tests/ops/attention.test.ts.
 */
function roundingOfResult(name: string, inputs: readonly (InputSpec | null)[]): number {
  return name === 'attention' && inputs[0]?.dtype === 'bf16' ? 26 * 2 ** -9 : 0;
}

/** @param name one of fuzzedOps @param seed says all about the case */
export async function runCase(name: string, seed: number): Promise<Outcome> {
  const random = new Random(seed);
  const inPlace = inPlaceCases[name]?.(random);
  const given = inPlace ?? fuzzCases[name as OpName](random);
  const inputs = given.inputs.map((spec) => (spec === null ? null : makeInput(spec, random)));
  const shapes = given.inputs.map((spec) =>
    spec === null ? 'none' : `${spec.dtype ?? 'f32'}[${spec.shape.join('×')}] ${spec.layout ?? ''}`,
  );
  const attrs = 'attrs' in given ? JSON.stringify(given.attrs) : '';
  const about = {
    describedAs: `${name}(${shapes.map((text) => text.trim()).join(', ')}) ${attrs}`.trim(),
    tolerance:
      (given.tolerance ?? usualTolerance) +
      roundingOf(name, given.inputs) * roundingOfFactors() +
      roundingOfResult(name, given.inputs),
  };
  try {
    const tensors = inputs.map((input) => input?.tensor ?? null);
    const results =
      inPlace === undefined
        ? await runOp(registry[name as OpName] as unknown as AnyOp, inputs, given as never, random)
        : await runInPlace(inPlace.run, tensors as Tensor[]);
    return { ...about, refusal: null, results };
  } catch (error) {
    if (!(error instanceof LensmithError)) throw error;
    return { ...about, refusal: error.code, results: [] };
  } finally {
    for (const input of inputs) input?.tensor.dispose();
  }
}

async function runInPlace(
  run: (inputs: readonly Tensor[]) => Tensor[],
  inputs: readonly Tensor[],
): Promise<NamedValues[]> {
  const written = run(inputs);
  const results: NamedValues[] = [];
  for (const [i, tensor] of written.entries()) {
    results.push(await named(`result ${i}`, tensor));
    if (!inputs.includes(tensor)) tensor.dispose();
  }
  return results;
}

async function runOp(
  op: AnyOp,
  inputs: readonly (Input | null)[],
  { attrs, termSize = 1, least: leastResult = 0 }: FuzzCase,
  random: Random,
): Promise<NamedValues[]> {
  const operands = inputs.map((input) => input?.tensor ?? null);
  const trains =
    'notDifferentiable' in op.vjp ? [] : operands.filter((x, i) => mayTrain(x, inputs[i]));
  for (const leaf of trains) if (leaf) leaf.requiresGrad = true;
  const tape = new Tape();
  const outputs = tape.run(() => applyAll(op, operands, attrs));
  try {
    const results: NamedValues[] = [];
    for (const [i, output] of outputs.entries()) {
      // What the kernel makes for the gradients alone is compared as gradients.
      if (output && !(op.name === 'linear_cross_entropy' && i > 1)) {
        results.push({ ...(await named(`output ${i}`, output)), least: leastResult });
      }
    }
    if (trains.length === 0) return results;
    const [first] = outputs as [Tensor];
    const cotangent = Array.from({ length: first.numel }, () => Math.fround(random.normal()));
    const least = 0.05 * termSize * magnitudeOf(Float64Array.from(cotangent));
    using seed = Tensor.from(cotangent, first.shape);
    using gradients = tape.backward(first, seed);
    for (const [i, leaf] of operands.entries()) {
      if (leaf === null || !trains.includes(leaf)) continue;
      using gradient = gradients.take(leaf.id);
      if (gradient === null) continue;
      results.push({ ...(await named(`gradient of operand ${i}`, gradient)), least });
    }
    return results;
  } finally {
    for (const output of outputs) output?.dispose();
  }
}

function mayTrain(tensor: Tensor | null, input: Input | null | undefined): tensor is Tensor {
  return tensor !== null && isFloat(tensor.dtype) && input?.spec.grad !== false;
}

async function named(what: string, tensor: Tensor): Promise<NamedValues> {
  const { dtype, shape } = tensor;
  return { what, dtype, shape, values: await valuesOf(tensor) };
}
