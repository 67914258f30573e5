/** Weights that cannot be read, in the words of what mostly happened to them. */
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LensmithError, asLensmithError } from '../../base/errors.ts';

const pointer = 'version https://git-lfs';

/** The error itself where nothing better can be said. */
export async function explainWeightsError(dir: string, thrown: unknown): Promise<LensmithError> {
  const error = asLensmithError(thrown);
  const names = await readdir(dir).catch(() => []);
  const weights = names.filter((name) => name.endsWith('.safetensors'));
  for (const name of weights) {
    if (await beginsWith(join(dir, name), pointer)) return pointerError(name);
  }
  const gguf = names.filter((name) => /\.gguf$/i.test(name));
  if (weights.length === 0 && gguf.length > 0) return ggufError(gguf);
  const unfinished = names.filter((name) =>
    /\.(incomplete|part|partial|crdownload|aria2|download)$/i.test(name),
  );
  if (unfinished.length > 0) return unfinishedError(unfinished, error);
  return error;
}

async function beginsWith(path: string, text: string): Promise<boolean> {
  const file = await open(path, 'r').catch(() => null);
  if (file === null) return false;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(text.length), 0, text.length, 0);
    return buffer.toString('latin1', 0, bytesRead) === text;
  } finally {
    await file.close();
  }
}

function pointerError(name: string): LensmithError {
  return new LensmithError('formats/lfs-pointer', `${name} only points to the weights.`, {
    expected: 'the weights themselves, mostly some gigabytes',
    got: 'a pointer of Git LFS, a few lines of text',
    hint: 'Run `git lfs pull` in the folder, or download the files one by one.',
  });
}

function ggufError(names: readonly string[]): LensmithError {
  return new LensmithError('formats/gguf-only', 'The weights are there as GGUF only.', {
    expected: 'safetensors files with config.json and tokenizer.json',
    got: names.slice(0, 3).join(', '),
    hint: 'GGUF is made for answering, not for training. Download the model that it was made from.',
  });
}

function unfinishedError(names: readonly string[], cause: LensmithError): LensmithError {
  return new LensmithError('formats/unfinished-download', 'A download here has not ended.', {
    expected: cause.expected ?? 'whole files',
    got: `${names.slice(0, 3).join(', ')}: ${cause.message}`,
    hint: 'Let it end, or begin it again; then add the folder.',
    cause,
  });
}
