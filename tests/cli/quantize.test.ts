/** Models in few bits on the command line. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { packageRoot } from '../../src-main/base/package-root.ts';
import type { ModelSummary } from '../../src-main/app/inspect/inspect.ts';
import { quantizeModel } from '../../src-main/app/quantize/quantize.ts';
import type { QuantizeOutcome } from '../../src-main/app/quantize/quantize.ts';
import type { TrainPlan } from '../../src-main/app/train/open-training.ts';
import { memoryStats, synchronize } from '../../src-main/tensor/device.ts';
import { runHere } from '../support/cli.ts';
import { fixtures } from '../support/fixture-case.ts';
import { writeDataset } from '../training/support.ts';

const model = join(fixtures, 'llava15', 'checkpoint');
const dir = mkdtempSync(join(tmpdir(), 'lensmith-quantize-'));

afterAll(async () => {
  rmSync(dir, { recursive: true, force: true });
  await synchronize();
  expect(memoryStats().tensors).toBe(0);
});

test('a model is written in NF4, inspected, and refuses another format', async () => {
  const out = join(dir, 'nf4');
  const made = await runHere([
    'model',
    'quantize',
    model,
    '--format',
    'nf4',
    '--out',
    out,
    '--json',
  ]);
  expect(made.status, made.err).toBe(0);
  expect(JSON.parse(made.out) as QuantizeOutcome).toMatchObject({ quantizedWeights: 14 });
  const inspected = await runHere(['model', 'inspect', out]);
  expect(inspected.status, inspected.err).toBe(0);
  expect(inspected.out).toMatch(/train qlora .* fits$/m);
  expect(inspected.out).toMatch(/train full +weights in few bits do not train$/m);
  const told = await runHere(['model', 'inspect', out, '--json']);
  const { dtypes, parameters, memory } = JSON.parse(told.out) as ModelSummary;
  // What the formats keep weights in is no concern of a reader: each counts once.
  expect(Object.keys(dtypes).sort()).toEqual(['F32', 'NF4']);
  expect(Object.values(dtypes).reduce((sum, count) => sum + count)).toBe(parameters);
  expect(memory.place.device).toBeNull();
  // A config.json that says another format than the weights have does not change what they are.
  const liar = join(dir, 'liar');
  cpSync(out, liar, { recursive: true });
  const config = readFileSync(join(liar, 'config.json'), 'utf8');
  const lies = config.replace('"load_in_8bit": false', '"load_in_8bit": true');
  expect(lies).not.toBe(config);
  writeFileSync(join(liar, 'config.json'), lies);
  const lied = JSON.parse(
    (await runHere(['model', 'inspect', liar, '--json'])).out,
  ) as ModelSummary;
  expect(lied.dtypes).toEqual(dtypes);
  const again = await runHere(['model', 'quantize', model, '--format', 'int8', '--out', out]);
  expect(again.status).toBe(1);
  expect(again.err).toContain('export/output-exists');
  const other = await runHere(['model', 'inspect', out, '--quantize', 'int8']);
  expect(other.status).toBe(1);
  expect(other.err).toContain('models/quantized-otherwise');
});

test('a folder in few bits is not quantised once more, to the same format or another', async () => {
  const out = join(dir, 'twice');
  for (const format of ['nf4', 'int8']) {
    const { status, err } = await runHere([
      ...['model', 'quantize', join(dir, 'nf4'), '--format', format, '--out', out],
    ]);
    expect(status).toBe(1);
    expect(err).toContain('quantize/done-already');
    expect(err).toContain('got: nf4');
    expect(existsSync(out)).toBe(false);
  }
});

test('qlora takes a folder in few bits as it is', async () => {
  const int8 = join(dir, 'int8');
  await quantizeModel({ modelDir: model, outDir: int8, format: 'int8' });
  const data = writeDataset('llava15', join(dir, 'int8.jsonl'));
  const plan = async (...more: string[]) => {
    const given = ['--model', int8, '--data', data, '--out', join(dir, 'int8-run'), ...more];
    const { status, out, err } = await runHere(['train', ...given, '--plan', '--json']);
    return { status, err, weights: status === 0 ? (JSON.parse(out) as TrainPlan).memory : null };
  };
  const [lora, qlora] = [await plan('--method', 'lora'), await plan('--method', 'qlora')];
  expect(qlora.status, qlora.err).toBe(0);
  expect(qlora.weights?.weightsBytes).toBe(lora.weights?.weightsBytes);
  const other = await plan('--method', 'qlora', '--quantize', 'nf4');
  expect(other.err).toContain('models/quantized-otherwise');
});

test('a run is planned: what few bits save is in the plan, and nothing is written', async () => {
  const data = writeDataset('llava15', join(dir, 'data.jsonl'));
  const planOf = async (method: string, of = model, ...more: string[]): Promise<TrainPlan> => {
    const out = join(dir, `run-${method}`);
    const given = ['--model', of, '--data', data, '--method', method, '--out', out, ...more];
    const { status, out: text, err } = await runHere(['train', ...given, '--plan', '--json']);
    expect(status, err).toBe(0);
    return JSON.parse(text) as TrainPlan;
  };
  const [lora, qlora] = [await planOf('lora'), await planOf('qlora')];
  expect(qlora.memory.weightsBytes).toBeLessThan(lora.memory.weightsBytes);
  // Where memory suffices activations are kept, as LoRA's are.
  expect(qlora.memory.activationBytes).toBe(lora.memory.activationBytes);
  // Of two layers nothing would be saved: the last is never computed twice.
  const deeper = join(packageRoot(), 'resources', 'starter-model');
  const plans: TrainPlan[] = [];
  for (const recompute of ['off', '2', 'on']) {
    plans.push(await planOf('qlora', deeper, '--recompute', recompute));
  }
  expect(plans.map(({ settings }) => settings.recompute)).toEqual([0, 2, 4]);
  const [once, some, twice] = plans.map(({ memory }) => memory.activationBytes) as [
    number,
    number,
    number,
  ];
  expect(some).toBeLessThan(once);
  expect(twice).toBeLessThan(some);
  expect(qlora.trainedParameters).toBe(lora.trainedParameters);
  const given = ['--method', 'qlora', '--model', model, '--data', data, '--out', dir];
  const table = await runHere(['train', '--plan', ...given, '--recompute', '1']);
  expect(table.out).toMatch(/total\s+[\d.]+ [KM]iB/);
  expect(table.out).toMatch(/computed twice\s+1 of 2 layers/);
  expect(table.out).not.toContain('It may not fit');
  const needed = plans[0]?.memory.totalBytes as number;
  const tight = ['--memory-limit', String((0.8 * needed) / 2 ** 30), '--recompute', 'off'];
  const large = ['--method', 'qlora', '--model', deeper, '--data', data, '--out', dir];
  const over = await runHere(['train', '--plan', ...large, ...tight]);
  expect(over.status, over.err).toBe(0);
  expect(over.out).toMatch(/^It may not fit: .* This should fit, .* --batch-size 1 --grad/m);
  const wrong = await runHere(['train', '--plan', ...given, '--recompute', 'some']);
  expect(wrong.err).toContain('on, off, auto or a number of layers');
});
