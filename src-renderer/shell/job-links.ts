import type { Words } from '../ui/catalogue.ts';

/** Where jobs of a kind have more to tell than fits the tray: features add theirs by `kind`. */
export interface JobLink {
  readonly label: Words;
  readonly run: (jobId: string) => void;
}

export const jobLinks = new Map<string, JobLink>();
