import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  atomicDirectory,
  AtomicFileWriter,
  settleDirectory,
  writeError,
  writeFileAtomic,
  writeStreamAtomic,
} from '../../src-main/base/atomic-file.ts';
import { LensmithError } from '../../src-main/base/errors.ts';
import { failure, temporaryFolder } from './support.ts';

const folder = temporaryFolder();

describe('files', () => {
  test('bytes, text and streams replace what was there and leave nothing beside', async () => {
    const path = folder.path('new/a.txt');
    await writeFileAtomic(path, 'é');
    expect(readFileSync(path, 'utf8')).toBe('é');
    await writeFileAtomic(path, new Uint8Array([1, 2]));
    expect([...readFileSync(path)]).toEqual([1, 2]);
    await writeStreamAtomic(path, ['x', new Uint8Array([0x79])]);
    expect(readFileSync(path, 'utf8')).toBe('xy');
    expect(readdirSync(dirname(path))).toEqual(['a.txt']);
  });

  test('the old content stays until commit and after abort', async () => {
    const path = folder.path('a.txt');
    await writeFileAtomic(path, 'old');
    const writer = await AtomicFileWriter.open(path);
    await writer.write('new');
    expect(readFileSync(path, 'utf8')).toBe('old');
    await writer.abort();
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(dirname(path))).toEqual(['a.txt']);
    await failure(writer.write('more'), 'io/writer-closed');
  });

  test('a failing source leaves the old file and no temporary', async () => {
    const path = folder.path('a.txt');
    await writeFileAtomic(path, 'old');
    const source = function* (): Generator<string> {
      yield 'half';
      throw new RangeError('source broke');
    };
    await expect(writeStreamAtomic(path, source())).rejects.toThrow('source broke');
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(dirname(path))).toEqual(['a.txt']);
  });

  test('a size beyond the disk is refused before the first byte', async () => {
    const error = await failure(AtomicFileWriter.open(folder.path('a'), 2 ** 52), 'io/disk-full');
    expect(error.expected).toContain(String(2 ** 52));
    expect(readdirSync(dirname(folder.path('a')))).toEqual([]);
  });

  test.skipIf(!existsSync('/dev/full'))('a full disk has its own code', async () => {
    const thrown: unknown = await writeFile('/dev/full', 'x').catch((e: unknown) => e);
    const error = writeError(thrown, '/data/model', 123) as LensmithError;
    expect(error.code).toBe('io/disk-full');
    expect(error.expected).toContain('123');
    expect(error.hint).toBeDefined();
  });

  test('a target that is a folder cannot be written', async () => {
    const path = folder.path('taken');
    mkdirSync(join(path, 'inside'), { recursive: true });
    await failure(writeFileAtomic(path, 'x'), 'io/not-writable');
    const file = folder.path('taken/file');
    writeFileSync(file, 'x');
    await failure(writeFileAtomic(join(file, 'below'), 'x'), 'io/not-writable');
    expect(readdirSync(dirname(path))).toEqual(['taken']);
  });

  test('a killed writer leaves the old file; the next writer removes its remains', async () => {
    const path = folder.path('a.txt');
    await writeFileAtomic(path, 'old');
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    await once(child, 'spawn');
    const remains = join(dirname(path), `.a.txt.${child.pid}-0123456789ab.tmp`);
    writeFileSync(remains, 'half');
    await writeFileAtomic(path, 'second');
    expect(existsSync(remains)).toBe(true); // its writer lives
    child.kill('SIGKILL');
    await once(child, 'exit');
    await writeFileAtomic(path, 'third');
    expect(readdirSync(dirname(path))).toEqual(['a.txt']);
  });
});

describe('folders', () => {
  const fill = (text: string) => async (at: string) => {
    mkdirSync(join(at, 'sub'));
    writeFileSync(join(at, 'sub', 'b'), text);
    writeFileSync(join(at, text), text);
    return text;
  };

  test('a new folder and a replaced one are whole', async () => {
    const path = folder.path('checkpoint');
    expect(await atomicDirectory(path, fill('one'))).toBe('one');
    await atomicDirectory(path, fill('two'));
    expect(readdirSync(path)).toEqual(['sub', 'two']);
    expect(readFileSync(join(path, 'sub', 'b'), 'utf8')).toBe('two');
    expect(readdirSync(dirname(path))).toEqual(['checkpoint']);
  });

  test('a failure inside leaves the old folder', async () => {
    const path = folder.path('checkpoint');
    await atomicDirectory(path, fill('one'));
    const broken = atomicDirectory(path, async (at) => {
      writeFileSync(join(at, 'half'), '');
      throw new LensmithError('test/broke', 'broke');
    });
    await failure(broken, 'test/broke');
    expect(readdirSync(path)).toEqual(['one', 'sub']);
    expect(readdirSync(dirname(path))).toEqual(['checkpoint']);
  });

  test('a swap that was cut in the middle is ended with the new folder', async () => {
    const path = folder.path('checkpoint');
    await atomicDirectory(path, fill('one'));
    await atomicDirectory(folder.path('.checkpoint.next'), fill('two'));
    renameSync(path, folder.path('.checkpoint.previous'));
    await settleDirectory(path);
    expect(readdirSync(path)).toEqual(['sub', 'two']);
    expect(readdirSync(dirname(path))).toEqual(['checkpoint']);
  });

  test('a swap that was cut before it began keeps the old folder', async () => {
    const path = folder.path('checkpoint');
    await atomicDirectory(path, fill('one'));
    await atomicDirectory(folder.path('.checkpoint.next'), fill('two'));
    await settleDirectory(path);
    expect(readdirSync(path)).toEqual(['one', 'sub']);
    expect(readdirSync(dirname(path))).toEqual(['checkpoint']);
  });
});
