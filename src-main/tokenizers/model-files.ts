import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LensmithError } from '../base/errors.ts';

export type JsonObject = { readonly [key: string]: unknown };

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The text of one file of a model folder, or undefined when there is none.
 * @throws tokenizers/unreadable-file  too large, not a plain file, or the disk failed
 */
export async function readModelText(
  directory: string,
  name: string,
  maxBytes: number,
): Promise<string | undefined> {
  const path = join(directory, name);
  try {
    const info = await stat(path);
    if (!info.isFile() || info.size > maxBytes) {
      throw new LensmithError('tokenizers/unreadable-file', `${path} cannot be read.`, {
        expected: `a plain file of at most ${maxBytes} bytes`,
        got: info.isFile() ? `${info.size} bytes` : 'something that is not a file',
      });
    }
    return await readFile(path, 'utf8');
  } catch (thrown) {
    if (thrown instanceof LensmithError) throw thrown;
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new LensmithError('tokenizers/unreadable-file', `${path} cannot be read.`, {
      got: String(code ?? thrown),
      cause: thrown,
    });
  }
}

/**
 * The object in one JSON file of a model folder, or undefined when there is no such file.
 * @throws tokenizers/bad-json  the text is not JSON, or not an object
 */
export async function readModelJson(
  directory: string,
  name: string,
  maxBytes: number,
): Promise<JsonObject | undefined> {
  const text = await readModelText(directory, name, maxBytes);
  if (text === undefined) return undefined;
  const path = join(directory, name);
  let value: unknown;
  try {
    value = JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch (thrown) {
    throw new LensmithError('tokenizers/bad-json', `${path} is not valid JSON.`, {
      expected: 'a JSON object',
      got: (thrown as Error).message,
      hint: 'The download may be incomplete: fetch the file again.',
      cause: thrown,
    });
  }
  if (isJsonObject(value)) return value;
  throw new LensmithError('tokenizers/bad-json', `${path} does not hold a JSON object.`, {
    expected: 'a JSON object',
    got: Array.isArray(value) ? 'a list' : value === null ? 'null' : typeof value,
  });
}
