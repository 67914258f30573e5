/** What became of each file of an import, kept as long as the project is open. */
import { basename } from 'node:path';
import type { LensmithError } from '../../base/errors.ts';
import type { ImportReport } from '../../ipc/contract/library.ts';
import type { OpenProject } from '../project/open-project.ts';
import { looksLikeMedia } from './find-files.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const reports = new WeakMap<OpenProject, Map<string, ImportReport>>();

export class ReportBuilder {
  readonly report: Mutable<ImportReport>;
  /** Which item each file is now, also where it was there before. */
  readonly itemIds = new Map<string, number>();

  constructor(title: string) {
    this.report = {
      ...{ jobId: '', title, isRunning: true },
      ...{ addedIds: [], duplicates: [], foundAgain: [], broken: [] },
      ...{ clipped: [], unsupported: [] },
    };
  }

  /** From now on the windows may ask for it. */
  publish(project: OpenProject, jobId: string): void {
    this.report.jobId = jobId;
    const all = reports.get(project) ?? new Map<string, ImportReport>();
    reports.set(project, all.set(jobId, this.report));
  }

  added(path: string, itemId: number, isClipped: boolean): void {
    this.report.addedIds.push(itemId);
    if (isClipped) this.report.clipped.push({ path, itemId });
    this.itemIds.set(path, itemId);
  }

  duplicate(path: string, item: { readonly id: number; readonly trashedMs: number | null }): void {
    this.report.duplicates.push({ path, itemId: item.id, isTrashed: item.trashedMs !== null });
    this.itemIds.set(path, item.id);
  }

  foundAgain(path: string, itemId: number): void {
    this.report.foundAgain.push({ path, itemId });
    this.itemIds.set(path, itemId);
  }

  /**
   * A file that could not be taken: broken, or no media at all.
   * @param path  as the person knows it
   * @param real  as errors name it
   */
  refused(path: string, real: string, error: LensmithError): void {
    if (error.code === 'media/file-unsupported' && !looksLikeMedia(path)) {
      this.report.unsupported.push({ path, reason: error.got ?? error.message });
      return;
    }
    const wire = error.toJSON();
    const message = wire.message.replaceAll(real, basename(path));
    this.report.broken.push({ path, error: { ...wire, message } });
  }

  /** In a line, for the job and its toast. */
  get summary(): string {
    const { addedIds, duplicates, foundAgain, broken, clipped, unsupported } = this.report;
    const parts = [
      `${addedIds.length} added`,
      ...(clipped.length > 0 ? [`${clipped.length} with values a model sees as white`] : []),
      ...(foundAgain.length > 0 ? [`${foundAgain.length} found again`] : []),
      ...(duplicates.length > 0 ? [`${duplicates.length} already here`] : []),
      ...(broken.length > 0 ? [`${broken.length} broken`] : []),
      ...(unsupported.length > 0 ? [`${unsupported.length} not media`] : []),
    ];
    return parts.join(', ');
  }
}

export function importReport(project: OpenProject, jobId: string): ImportReport | null {
  return reports.get(project)?.get(jobId) ?? null;
}
