import { acts } from './acts.ts';
import { devices } from './devices.ts';
import { files } from './files.ts';
import { jobs } from './jobs.ts';
import { media } from './media.ts';
import { models } from './models.ts';
import { project } from './project.ts';
import { records } from './records.ts';
import { training } from './training.ts';

/** What the core says, in German; how an entry is written: phrase-book.ts. */
export const german = {
  ...acts,
  ...devices,
  ...jobs,
  ...project,
  ...media,
  ...files,
  ...models,
  ...records,
  ...training,
};
