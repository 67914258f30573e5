/** `train` and `export` as a person types them. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { fixtures } from '../support/fixture-case.ts';
import { runHere } from '../support/cli.ts';
import { fixtureRequest, fixtureRun, largestGap, readLog, temporaryFolder } from './support.ts';

const folder = temporaryFolder();
const family = 'llava15';
const { modelDir, dataPath } = fixtureRequest(family, folder, 'lora');
const initial = join(fixtures, family, 'training', 'lora', 'initial_adapter');
const common = ['--model', modelDir, '--data', dataPath, '--batch-size', '2', '--threads', '2'];

test('lora: one document, one log line a step with the promised fields', async () => {
  const out = join(folder, 'lora');
  const log = join(folder, 'mine.jsonl');
  // prettier-ignore
  const { status, out: text, err } = await runHere(['train', ...common, '--method', 'lora', '--out', out,
    '--init-adapter', initial, '--lr', '1e-3', '--weight-decay', '0.01', '--max-grad-norm', '1',
    '--max-steps', '10', '--no-shuffle', '--log', log, '--eval-data', dataPath, '--eval-every', '5', '--json']);
  expect(status, err).toBe(0);
  const document = JSON.parse(text) as Record<string, unknown>;
  expect(document).toMatchObject({ method: 'lora', steps: 10, adapterPath: join(out, 'adapter') });
  expect(document['evaluations']).toHaveLength(2);
  const lines = readLog(log);
  const fields =
    'gradNorm,learningRate,loss,peakMemoryBytes,step,supervisedTokens,tokens,tokensPerSecond';
  for (const line of lines) expect(Object.keys(line).sort().join()).toBe(fields);
  const losses = lines.map(({ loss }) => loss);
  expect(largestGap(losses, fixtureRun(family, 'lora').losses)).toBeLessThan(1e-4);
  expect(err).toContain('held-out loss');
});

test('the adapter goes on to export, in both forms', async () => {
  const adapter = join(folder, 'lora', 'adapter');
  for (const merge of [[], ['--merge']]) {
    const out = join(folder, `exported${merge.length}`);
    const args = ['export', '--model', modelDir, '--adapter', adapter, '--out', out, ...merge];
    const result = await runHere([...args, '--json']);
    expect(result.status, result.err).toBe(0);
    expect(JSON.parse(result.out)).toMatchObject({ outDir: out, adaptedModules: 8 });
    expect(existsSync(join(out, merge.length ? 'config.json' : 'adapter_config.json'))).toBe(true);
  }
  const taken = [
    'export',
    '--model',
    modelDir,
    '--adapter',
    adapter,
    '--out',
    join(folder, 'exported0'),
  ];
  const refused = await runHere(taken);
  expect(refused.status).toBe(1);
  expect(refused.err).toContain('export/output-exists');
});

test('a plan says how many pictures the model sees as white', async () => {
  const scan = join(folder, 'scan.png');
  const values = Uint16Array.from({ length: 64 * 64 }, (_, at) => at);
  await sharp(values, { raw: { width: 64, height: 64, channels: 1 } })
    .toColourspace('grey16')
    .png()
    .toFile(scan);
  const [first = '', ...rest] = readFileSync(dataPath, 'utf8').trim().split('\n');
  const record = first.replaceAll(/"path":"[^"]*"/g, `"path":${JSON.stringify(scan)}`);
  const data = join(folder, 'scans.jsonl');
  writeFileSync(data, [record, record.replace('sample-0', 'again'), ...rest].join('\n'));
  const out = join(folder, 'scans');
  // prettier-ignore
  const { status, out: text, err } = await runHere(['train', '--model', modelDir, '--data', data, '--method', 'lora',
    '--out', out, '--plan']);
  expect(status, err).toBe(0);
  expect(text).toContain(
    '1 picture is of 16-bit grey: the model sees all values above 255 as white.',
  );
});

test('projector: for people by default; a second run wants to be told', async () => {
  const out = join(folder, 'projector');
  const args = ['train', ...common, '--method', 'projector', '--out', out, '--max-steps', '2'];
  const first = await runHere(args);
  expect(first.status, first.err).toBe(0);
  expect(first.out).toMatch(/2 steps: loss \d.* → \d/);
  expect(first.err).toMatch(/step 2\/2 {2}loss/);
  expect(existsSync(join(out, 'model', 'model.safetensors'))).toBe(true);
  expect((await runHere(args)).err).toContain('training/output-exists');
  const resumed = await runHere([...args, '--resume']);
  expect(resumed.status, resumed.err).toBe(0);
  expect(resumed.err).not.toContain('no checkpoint');
  expect(readFileSync(join(out, 'log.jsonl'), 'utf8').trim().split('\n')).toHaveLength(2);
});

test('--resume without a checkpoint says that it starts anew', async () => {
  const out = join(folder, 'fresh');
  const args = ['train', ...common, '--method', 'projector', '--out', out, '--max-steps', '1'];
  const { status, err } = await runHere([...args, '--resume']);
  expect(status, err).toBe(0);
  expect(err).toContain(`warning: There is no checkpoint in ${out}`);
});

test('wrong usage is exit status 2', async () => {
  const base = ['train', ...common, '--out', join(folder, 'wrong')];
  for (const wrong of [
    base,
    [...base, '--method', 'magic'],
    [...base, '--method', 'lora', '--train', 'eyes'],
    [...base, '--method', 'lora', '--epochs', '1', '--max-steps', '2'],
    [...base, '--method', 'lora', '--rank', '0'],
  ]) {
    expect((await runHere(wrong)).status, wrong.slice(-2).join(' ')).toBe(2);
  }
});
