/** A dataset as files: what a run trains on, whatever becomes of the project meanwhile. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AtomicFileWriter, atomicDirectory, writeFileAtomic } from '../../base/atomic-file.ts';
import { throwIfCancelled } from '../../base/errors.ts';
import type { Sample } from '../../formats/sample.ts';
import type { DatasetSpec, SplitName } from '../../ipc/contract/datasets.ts';
import { renderSamples } from '../conversations/read-samples.ts';
import type { OpenProject } from '../project/open-project.ts';
import type { Selection } from './selection.ts';

const splits = ['train', 'validation', 'test'] as const;

export interface SnapshotFacts extends DatasetSpec {
  readonly datasetId: number | null;
  readonly name: string;
  /** SHA-256 over the three files, in the order train, validation, test. */
  readonly hash: string;
  /** Samples that were written. */
  readonly counts: Readonly<Record<SplitName, number>>;
  /** Samples that could not be written, and why. */
  readonly issues: readonly { readonly code: string; readonly message: string }[];
  readonly madeMs: number;
}

export interface SnapshotRequest extends DatasetSpec {
  readonly datasetId: number | null;
  readonly name: string;
  readonly nowMs: number;
}

/** The file of one side. */
export function snapshotFile(folder: string, split: SplitName): string {
  return join(folder, `${split}.jsonl`);
}

/**
 * Writes FOLDER/{train,validation,test}.jsonl, one conversation a line with absolute paths of media,
 * and FOLDER/snapshot.json; all of it or nothing. A sample that cannot be written is an issue.
 * @throws the codes of writeError, job/cancelled
 */
export async function writeSnapshot(
  project: OpenProject,
  request: SnapshotRequest,
  selection: Selection,
  folder: string,
  signal?: AbortSignal,
): Promise<SnapshotFacts> {
  const issues: { code: string; message: string }[] = [];
  const counts = { train: 0, validation: 0, test: 0 };
  const hash = createHash('sha256');
  return atomicDirectory(folder, async (temporary) => {
    for (const split of splits) {
      await using file = await AtomicFileWriter.open(snapshotFile(temporary, split));
      const ids = selection.samples.flatMap((one) => (one.split === split ? [one.id] : []));
      for (const batch of renderSamples(project, ids, request.settings.dialect)) {
        throwIfCancelled(signal, 'Writing the dataset');
        const lines: string[] = [];
        for (const rendered of batch) {
          if ('sample' in rendered) lines.push(lineOf(rendered.sample));
          else {
            const { code, message } = rendered.error;
            issues.push({ code, message: `Sample ${rendered.sampleId}: ${message}` });
          }
        }
        counts[split] += lines.length;
        const text = lines.join('');
        hash.update(text);
        await file.write(text);
      }
      hash.update('\0');
      await file.commit();
    }
    const { datasetId, name, filter, settings, nowMs } = request;
    const facts = { datasetId, name, filter, settings, hash: hash.digest('hex') };
    const whole: SnapshotFacts = { ...facts, counts, issues, madeMs: nowMs };
    await writeFileAtomic(join(temporary, 'snapshot.json'), `${JSON.stringify(whole, null, 2)}\n`);
    return whole;
  });
}

/** @throws what reading and JSON.parse throw: a folder of writeSnapshot has it */
export async function readSnapshot(folder: string): Promise<SnapshotFacts> {
  return JSON.parse(await readFile(join(folder, 'snapshot.json'), 'utf8')) as SnapshotFacts;
}

/** Always lists of parts: a text that speaks of `<image>` stays a text. */
function lineOf({ id, messages }: Sample): string {
  return `${JSON.stringify({ id, messages })}\n`;
}
