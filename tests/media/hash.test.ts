import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { hashFile } from '../../src-main/media/hash.ts';

const scratch = mkdtempSync(join(tmpdir(), 'lensmith-hash-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

it('gives the SHA-256 of a file of several chunks', async () => {
  const bytes = randomBytes((1 << 21) + 17);
  writeFileSync(join(scratch, 'a'), bytes);
  const wanted = createHash('sha256').update(bytes).digest('hex');
  expect(await hashFile(join(scratch, 'a'))).toBe(wanted);
});

it('knows the empty file, and names what it cannot read', async () => {
  writeFileSync(join(scratch, 'empty'), '');
  expect(await hashFile(join(scratch, 'empty'))).toBe(
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  );
  await expect(hashFile(scratch)).rejects.toMatchObject({ code: 'media/file-unreadable' });
  await expect(hashFile(join(scratch, 'empty'), AbortSignal.abort())).rejects.toMatchObject({
    code: 'job/cancelled',
  });
});
