/** Members of large objects, found by their bytes: what JSON.parse finds there. */
import { describe, expect, test } from 'vitest';
import { Random } from '../../src-main/base/random.ts';
import { findMembers } from '../../src-main/formats/json-members.ts';
import type { JsonMember } from '../../src-main/formats/json-members.ts';

function membersOf(text: string): JsonMember[] | null {
  const search = findMembers(Buffer.from(text));
  let step = search.next();
  while (step.done !== true) step = search.next();
  return step.value;
}

function valuesOf(text: string): Record<string, unknown> | null {
  const bytes = Buffer.from(text);
  const members = membersOf(text);
  return (
    members &&
    Object.fromEntries(
      members.map(({ key, start, end }) => [key, JSON.parse(bytes.toString('utf8', start, end))]),
    )
  );
}

const random = new Random(8);
const below = (end: number): number => Math.floor(random.next() * end);
const texts = ['', 'a', '}{', '"\\', ',:', 'é', '[]', '\n', 'images'];

function anyValue(depth: number): unknown {
  const kind = below(depth > 3 ? 4 : 6);
  if (kind === 0) return texts[below(texts.length)];
  if (kind === 1) return below(1000) / 8 - 60;
  if (kind === 2) return [true, false][below(2)];
  if (kind === 3) return null;
  if (kind === 4) return Array.from({ length: below(4) }, () => anyValue(depth + 1));
  return anyObject(depth + 1);
}

const anyObject = (depth: number): Record<string, unknown> =>
  Object.fromEntries(
    Array.from({ length: below(4) }, (_, at) => [
      `${texts[below(texts.length)]}${at}`,
      anyValue(depth),
    ]),
  );

describe('members of an object', () => {
  test('are those of JSON.parse, with spaces and without', () => {
    for (let round = 0; round < 500; round += 1) {
      const object = anyObject(0);
      expect(valuesOf(JSON.stringify(object))).toEqual(object);
      expect(valuesOf(`\n${JSON.stringify(object, null, 2)}\n`)).toEqual(object);
    }
  });

  test('of an object that ends too early there are none', () => {
    const text = JSON.stringify({ images: [{ id: 1, name: 'a"}]' }], info: { a: [1, 2] } });
    for (let end = 0; end < text.length; end += 1) {
      expect(membersOf(text.slice(0, end)), text.slice(0, end)).toBeNull();
    }
    expect(membersOf(text)).toHaveLength(2);
  });

  test.each(['', ' ', '[1, 2]', '"text"', '12', 'null', 'text', '}', ']{}', '[{"a": 1}]'])(
    'there are none in %j',
    (text) => {
      expect(membersOf(text)).toBeNull();
    },
  );
});
