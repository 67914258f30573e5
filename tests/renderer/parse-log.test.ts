import { describe, expect, it } from 'vitest';
import { faultyLines, parseLog } from '../../src-renderer/features/train/logs/parse-log.ts';
import { median, summarize } from '../../src-renderer/features/train/logs/summary.ts';
import { freeLook, freeName, readRun } from '../../src-renderer/features/train/logs/log-file.ts';
import type { LogLine } from '../../src-main/training/run-log.ts';

function line(step: number, loss: number, more: object = {}): string {
  const full: LogLine = {
    step,
    loss,
    learningRate: 1e-4,
    gradNorm: 2.5,
    supervisedTokens: 300,
    tokens: 1100,
    tokensPerSecond: 1000 + step,
    peakMemoryBytes: 149040128,
  };
  return JSON.stringify({ ...full, ...more });
}

describe('parseLog', () => {
  it('reads what the trainer writes', () => {
    const log = parseLog(`${line(1, 10.5)}\n${line(2, 9.25)}\n`);
    expect(log.steps).toEqual([1, 2]);
    expect(log.metrics.loss).toEqual([10.5, 9.25]);
    expect(log.metrics.tokensPerSecond).toEqual([1001, 1002]);
    expect(log.metrics.peakMemoryBytes).toEqual([149040128, 149040128]);
    expect(log.faults).toEqual([]);
    expect(log.gaps).toEqual([]);
  });

  it('reads a byte order mark, CRLF and blank lines, and still counts every line', () => {
    const log = parseLog(`\uFEFF${line(1, 3)}\r\n\r\n${line(2, 2)}\r\nrubbish\r\n`);
    expect(log.steps).toEqual([1, 2]);
    expect(log.faults).toEqual([{ from: 4, to: 4, reason: 'not JSON' }]);
  });

  it('finds nothing in an empty text', () => {
    for (const text of ['', '\uFEFF', '\n\r\n']) {
      expect(parseLog(text)).toMatchObject({ steps: [], faults: [], gaps: [] });
    }
  });

  it.each([
    ['[1]', 'not a JSON object'],
    ['null', 'not a JSON object'],
    ['{"loss":1}', 'step is missing'],
    ['{"step":"7","loss":1}', 'step is "7", not a whole number'],
    ['{"step":7.5,"loss":1}', 'step is 7.5, not a whole number'],
    ['{"step":3,"loss":1}', 'step 3 comes after step 5'],
    ['{"step":5,"loss":1}', 'step 5 comes after step 5'],
    ['{"step":6}', 'loss is missing'],
    [line(6, NaN), 'loss is null, not a finite number'],
    [line(6, 1).replace('2.5', '1e999'), 'gradNorm is null, not a finite number'],
    [line(6, 1, { tokensPerSecond: -1 }), 'tokensPerSecond is -1, below 0'],
  ])('names %s by its number and goes on', (row, reason) => {
    const log = parseLog(`${line(5, 2)}\n${row}\n${line(8, 1)}\n`);
    expect(log.steps).toEqual([5, 8]);
    expect(log.faults).toEqual([{ from: 2, to: 2, reason }]);
  });

  it('says of a last line without its end that the run may still be writing', () => {
    const log = parseLog(`${line(1, 2)}\n${line(2, 1).slice(0, 20)}`);
    expect(log.steps).toEqual([1]);
    expect(log.faults[0]).toMatchObject({ from: 2, reason: expect.stringMatching(/cut short/) });
  });

  it('joins neighbouring faults of one reason', () => {
    const { faults } = parseLog(`a\nb\n${line(1, 2)}\nc\n[]\n`);
    expect(faults).toEqual([
      { from: 1, to: 2, reason: 'not JSON' },
      { from: 4, to: 4, reason: 'not JSON' },
      { from: 5, to: 5, reason: 'not a JSON object' },
    ]);
    expect(faultyLines(faults)).toBe(4);
  });

  it('leaves a gap where a line lacks a field, and says in how many', () => {
    const log = parseLog(`${line(1, 2)}\n{"step":2,"loss":1}\n{"step":3,"loss":1,"gradNorm":4}`);
    expect(log.faults).toEqual([]);
    expect(log.metrics.gradNorm).toEqual([2.5, NaN, 4]);
    expect(log.gaps).toContainEqual({ name: 'gradNorm', lines: 1 });
    expect(log.gaps).toContainEqual({ name: 'learningRate', lines: 2 });
    expect(parseLog('{"step":1,"loss":1}').gaps).toEqual([]);
  });

  it('reads 50,000 steps, and as many faults', () => {
    const rows = Array.from({ length: 50_000 }, (_, i) => line(i + 1, 5 / (i + 1)));
    expect(parseLog(rows.join('\n')).steps).toHaveLength(50_000);
    expect(parseLog('x\n'.repeat(50_000)).faults).toHaveLength(1);
  });
});

describe('summarize', () => {
  it('gives first, last and best loss, the median rate and the peak', () => {
    const text = [line(1, 3), line(2, 1), line(3, 2, { peakMemoryBytes: 2e8 })].join('\n');
    expect(summarize(parseLog(text))).toEqual({
      steps: 3,
      firstLoss: 3,
      lastLoss: 2,
      best: { loss: 1, step: 2 },
      medianTokensPerSecond: 1002,
      peakMemoryBytes: 2e8,
    });
  });

  it('says undefined where the log does not say', () => {
    const summary = summarize(parseLog('{"step":1,"loss":1}'));
    expect(summary.medianTokensPerSecond).toBeUndefined();
    expect(summary.peakMemoryBytes).toBeUndefined();
    expect(summarize(parseLog('')).best).toBeUndefined();
    expect(median([4, NaN, 1, 2, 3])).toBe(2.5);
  });
});

describe('runs', () => {
  it('have names and looks of their own', () => {
    expect(freeName('log.jsonl', [])).toBe('log');
    expect(freeName('log.jsonl', ['log', 'log 2'])).toBe('log 3');
    expect(freeLook([0, 2])).toBe(1);
    expect(freeLook([0, 1, 2, 3, 4, 5, 6, 7])).toBe(0);
  });

  it('come of a file, or of a refusal in words', async () => {
    const run = await readRun(new File([line(1, 2)], 'log.jsonl'), []);
    expect(run).toMatchObject({ name: 'log', look: 0, summary: { steps: 1, lastLoss: 2 } });
    expect(await readRun(new File([], 'log.jsonl'), [])).toMatch(/is empty/);
  });
});
