/** Whole runs, from files to files, against the loss lists and results of the reference. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readSafetensorsHeader } from '../../src-main/formats/weights/safetensors.ts';
import { memoryStats, synchronize } from '../../src-main/tensor/device.ts';
import { fixtures } from '../support/fixture-case.ts';
import {
  families,
  fixtureRequest,
  fixtureRun,
  largestGap,
  readFloats,
  readLog,
  runQuietly,
  temporaryFolder,
} from './support.ts';

const folder = temporaryFolder();

afterAll(async () => {
  await synchronize();
  expect(memoryStats().tensors).toBe(0);
});

describe.each(families)('%s', (family) => {
  test.each(['lora', 'qlora', 'projector', 'full'] as const)(
    '%s: losses and norms',
    async (method) => {
      const outcome = await runQuietly(fixtureRequest(family, folder, method));
      const run = fixtureRun(family, method);
      const lines = readLog(outcome.logPath);
      expect(lines.map(({ step }) => step)).toEqual(run.losses.map((_, i) => i + 1));
      expect(
        largestGap(
          lines.map(({ loss }) => loss),
          run.losses,
        ),
      ).toBeLessThan(1e-4);
      const norms = lines.map(
        ({ gradNorm }, i) => gradNorm / (run.grad_norm_before_clip[i] as number),
      );
      expect(
        largestGap(
          norms,
          norms.map(() => 1),
        ),
      ).toBeLessThan(1e-3);
      expect(lines.every(({ learningRate }) => learningRate === run.lr)).toBe(true);
    },
  );

  test.each(['lora', 'qlora'])('%s: the adapter is the reference’s, in all', async (method) => {
    const ours = join(folder, `${family}-${method}`, 'adapter');
    const theirs = join(fixtures, family, 'training', method, 'final_adapter');
    const file = 'adapter_model.safetensors';
    const [got, wanted] = [
      await readSafetensorsHeader(join(ours, file)),
      await readSafetensorsHeader(join(theirs, file)),
    ];
    const layout = (header: typeof got): [string, readonly number[]][] =>
      [...header.tensors.values()]
        .map(({ name, shape }): [string, readonly number[]] => [name, shape])
        .sort();
    expect(layout(got)).toEqual(layout(wanted));
    await expectSame(join(ours, file), join(theirs, file));
    const config = (dir: string): Record<string, unknown> =>
      JSON.parse(readFileSync(join(dir, 'adapter_config.json'), 'utf8')) as Record<string, unknown>;
    for (const field of ['r', 'lora_alpha', 'target_modules', 'peft_type', 'task_type', 'bias']) {
      expect(config(ours)[field], field).toEqual(config(theirs)[field]);
    }
  });

  test.each(['projector', 'full'] as const)(
    '%s: the weights are the reference’s',
    async (method) => {
      const ours = join(folder, `${family}-${method}`, 'model', 'model.safetensors');
      await expectSame(
        ours,
        join(fixtures, family, 'training', method, 'final_tensors.safetensors'),
      );
      const norms = fixtureRun(family, method).final_parameter_norms ?? {};
      const tensors = await readFloats(ours);
      expect(tensors.size).toBe(Object.keys(norms).length);
    },
  );
});

async function expectSame(ours: string, theirs: string): Promise<void> {
  const [got, wanted] = [await readFloats(ours), await readFloats(theirs)];
  for (const [name, values] of wanted) {
    const own = got.get(name);
    expect(own, name).toBeDefined();
    expect(largestGap([...(own ?? [])], [...values]), name).toBeLessThan(1e-4);
  }
}
