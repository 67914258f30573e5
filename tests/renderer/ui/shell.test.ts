import { describe, expect, it } from 'vitest';
import { describeSummary } from '../../../src-renderer/shell/dropped-files.ts';
import { findRoute, hashOf, matchRoute, parseHash } from '../../../src-renderer/shell/router.ts';

describe('addresses', () => {
  it('reads path and query of a hash', () => {
    expect(parseHash('#/annotate/12?shape=5')).toEqual({
      path: '/annotate/12',
      query: { shape: '5' },
    });
    expect(parseHash('#/library/')).toEqual({ path: '/library', query: {} });
  });

  it('leads to the start from what is no address', () => {
    for (const hash of ['', '#', '#library', '#//']) expect(parseHash(hash).path, hash).toBe('/');
  });

  it('writes what it reads', () => {
    expect(hashOf('/train')).toBe('#/train');
    expect(parseHash(hashOf('/chat/7', { q: 'a&b=c' }))).toEqual({
      path: '/chat/7',
      query: { q: 'a&b=c' },
    });
  });
});

describe('routes', () => {
  const entries = [
    { id: 'annotate', routes: ['/annotate', '/annotate/:itemId'] },
    { id: 'train', routes: ['/train/:runId'] },
  ];

  it('gives the variable parts, decoded', () => {
    expect(matchRoute('/annotate/:itemId', '/annotate/a%20b')).toEqual({ itemId: 'a b' });
    expect(matchRoute('/annotate/:itemId', '/annotate/%E0')).toEqual({ itemId: '%E0' });
    expect(matchRoute('/annotate/:itemId', '/annotate')).toBeUndefined();
    expect(matchRoute('/annotate/:itemId', '/annotate/')).toBeUndefined();
    expect(matchRoute('/annotate', '/annotate/12')).toBeUndefined();
  });

  it('finds the entry by any of its routes', () => {
    expect(findRoute(entries, '/annotate')?.entry.id).toBe('annotate');
    expect(findRoute(entries, '/train/3')).toEqual({ entry: entries[1], params: { runId: '3' } });
    expect(findRoute(entries, '/evaluate')).toBeUndefined();
  });
});

describe('files in the air', () => {
  it('are told by kind', () => {
    expect(describeSummary({ images: 41, videos: 2, other: 0 })).toBe('41 images and 2 videos');
    expect(describeSummary({ images: 1, videos: 0, other: 0 })).toBe('1 image');
    expect(describeSummary({ images: 1, videos: 1, other: 2 })).toBe(
      '1 image, 1 video and 2 folders or other files',
    );
    expect(describeSummary({ images: 0, videos: 0, other: 0 })).toBe('these files');
  });
});
