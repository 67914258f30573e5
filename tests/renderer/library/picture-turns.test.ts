import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PictureTurns } from '../../../src-renderer/features/library/picture-turns.ts';

let frames: ((atMs: number) => void)[] = [];

/** The next frame of the browser, so long after the one before. */
function frame(tookMs = 16): void {
  vi.advanceTimersByTime(tookMs);
  const due = frames;
  frames = [];
  for (const one of due) one(performance.now());
}

function turnsOver(count: number) {
  const waiting = Array.from({ length: count }, (_, n) => n);
  const begun: number[] = [];
  const turns = new PictureTurns<number>({
    waiting: () => waiting.filter((one) => !begun.includes(one)),
    begin: (one) => begun.push(one),
  });
  return { turns, begun };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  vi.stubGlobal('requestAnimationFrame', (run: (atMs: number) => void) => frames.push(run));
  vi.stubGlobal('cancelAnimationFrame', () => (frames = []));
});

afterEach(() => {
  frames = [];
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('pictures of the grid', () => {
  test('begin six at rest, and one more for each that ends', () => {
    const { turns, begun } = turnsOver(8);
    turns.beginSoon();
    frame();
    expect(begun).toEqual([0, 1, 2, 3, 4, 5]);
    frame();
    expect(begun).toHaveLength(6);
    turns.ended(2);
    frame();
    expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6]);
    turns.ended(0);
    turns.ended(1);
    frame();
    expect(begun).toHaveLength(8);
    // Nothing waits: no frame is asked for until something does.
    expect(frames).toEqual([]);
  });

  test('begin few while the grid scrolls, and none after a slow frame', () => {
    const { turns, begun } = turnsOver(20);
    const scrolledFrame = (tookMs?: number): number => {
      turns.scrolled();
      frame(tookMs);
      return begun.length;
    };
    turns.beginSoon();
    expect(scrolledFrame()).toBe(2);
    expect(scrolledFrame()).toBe(3);
    expect(scrolledFrame()).toBe(3);
    for (const one of begun) turns.ended(one);
    expect(scrolledFrame(40)).toBe(3);
    expect(scrolledFrame()).toBe(5);
    frame(130);
    expect(begun).toHaveLength(9);
  });

  test('that are out of sight keep none waiting', () => {
    const { turns, begun } = turnsOver(12);
    turns.beginSoon();
    frame();
    turns.keep([0, 1]);
    frame();
    expect(begun).toHaveLength(10);
    turns.close();
    expect(frames).toEqual([]);
  });
});
