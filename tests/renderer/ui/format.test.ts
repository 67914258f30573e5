import { afterEach, describe, expect, it } from 'vitest';
import { speakAs } from '../../../src-renderer/ui/catalogue.ts';
import {
  formatAgo,
  formatBytes,
  formatBytesOf,
  formatClock,
  formatDuration,
  formatLoss,
  formatNumber,
  formatPercent,
  formatQuantity,
  formatTimeLeft,
} from '../../../src-renderer/ui/format.ts';
import { numberText, parseNumber } from '../../../src-renderer/ui/number-text.ts';

describe('numbers with their unit', () => {
  it('says how many of what', () => {
    expect(formatQuantity(1, 'image')).toBe('1 image');
    expect(formatQuantity(1204, 'image')).toBe('1,204 images');
    expect(formatQuantity(0, 'box', 'boxes')).toBe('0 boxes');
  });

  it('gives memory in the unit of the whole', () => {
    expect(formatBytesOf(7.2 * 1024 ** 3, 24 * 1024 ** 3)).toBe('7.2 of 24 GB');
    expect(formatBytesOf(300 * 1024 ** 2, 24 * 1024 ** 3)).toBe('0.3 of 24 GB');
    expect(formatBytes(512)).toBe('512 B');
  });

  it('never rounds a share up to done, nor down to nothing', () => {
    expect(formatPercent(0)).toBe('0%');
    expect(formatPercent(0.0001)).toBe('<0.1%');
    expect(formatPercent(0.004)).toBe('0.4%');
    expect(formatPercent(0.37)).toBe('37%');
    expect(formatPercent(0.9999)).toBe('99%');
    expect(formatPercent(1)).toBe('100%');
  });
});

describe('time', () => {
  it('says spans in the unit that fits', () => {
    expect(formatDuration(0.45)).toBe('450 ms');
    expect(formatDuration(2.25)).toBe('2.3 s');
    expect(formatDuration(59.7)).toBe('1 min');
    expect(formatDuration(240)).toBe('4 min');
    expect(formatDuration(3599.9)).toBe('1 h');
    expect(formatDuration(4800)).toBe('1 h 20 min');
    expect(formatDuration(76 * 3600)).toBe('3 d 4 h');
  });

  it('does not count the last seconds', () => {
    expect(formatTimeLeft(3)).toBe('a few seconds left');
    expect(formatTimeLeft(37)).toBe('40 s left');
    expect(formatTimeLeft(56)).toBe('1 min left');
    expect(formatTimeLeft(241)).toBe('4 min left');
    expect(formatTimeLeft(Infinity)).toBe('');
  });

  it('carries where a place in a video rounds up', () => {
    expect(formatClock(7.42)).toBe('0:07.4');
    expect(formatClock(59.97)).toBe('1:00.0');
    expect(formatClock(3723.5)).toBe('1:02:03.5');
    expect(formatClock(65, 0)).toBe('1:05');
  });

  it('says when something was, by the calendar and not by 24 hours', () => {
    const now = new Date(2026, 2, 12, 10, 0);
    const at = (...parts: [number, number, number, number, number]): Date => new Date(...parts);
    expect(formatAgo(at(2026, 2, 12, 9, 59), now)).toBe('1 min ago');
    expect(formatAgo(at(2026, 2, 12, 7, 0), now)).toBe('3 h ago');
    expect(formatAgo(at(2026, 2, 11, 23, 0), now)).toBe('yesterday');
    expect(formatAgo(at(2026, 2, 8, 12, 0), now)).toBe('4 days ago');
    expect(formatAgo(at(2026, 0, 5, 12, 0), now)).toBe('5 Jan');
    expect(formatAgo(at(2024, 11, 31, 12, 0), now)).toBe('31 Dec 2024');
    // Just past midnight, an hour ago is not yesterday.
    expect(formatAgo(at(2026, 2, 11, 23, 30), new Date(2026, 2, 12, 0, 40))).toBe('1 h ago');
  });
});

describe('in German', () => {
  afterEach(() => speakAs(() => 'en'));

  it('numbers have their marks, and are read with them', () => {
    speakAs(() => 'de');
    expect(formatQuantity(1204, 'Bild', 'Bilder')).toBe('1.204 Bilder');
    expect([formatLoss(0.4131), formatNumber(0.000012345)]).toEqual(['0,413', '1,23e-5']);
    expect(formatBytesOf(7.2 * 1024 ** 3, 24 * 1024 ** 3)).toBe('7,2 von 24 GB');
    expect(formatPercent(0.0001)).toBe('<0,1\u00a0%');
    expect(formatClock(7.42)).toBe('0:07,4');
    for (const value of [0, 0.5, 1200, 12345.75, 2e-5]) {
      expect(parseNumber(numberText(value)), numberText(value)).toBe(value);
    }
    expect(['1.200', '1.200,5', '0.5', '0.002', '2e-5', '50 %'].map(parseNumber)).toEqual([
      1200, 1200.5, 0.5, 0.002, 2e-5, 50,
    ]);
  });

  it('times are said as one says them', () => {
    speakAs(() => 'de');
    const now = new Date(2026, 2, 12, 10, 0);
    expect(formatAgo(new Date(2026, 2, 11, 1, 0), now)).toBe('gestern');
    expect(formatAgo(new Date(2024, 2, 3), now)).toBe('3. März 2024');
    expect(formatTimeLeft(241)).toBe('noch 4 min');
  });
});
