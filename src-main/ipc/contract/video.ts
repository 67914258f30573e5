import * as v from 'valibot';
import { command } from './command.ts';
import { videoEdit, videoMarks } from './video-marks.ts';

const id = v.pipe(v.number(), v.integer());
const ofItem = v.object({ itemId: id });

export const videoCommands = {
  'video.marks': command(ofItem, videoMarks),
  /** All of it as one act of undo. @returns for each edit the id of what it added, else null */
  'video.edit': command(
    v.object({
      itemId: id,
      edits: v.pipe(v.array(videoEdit), v.minLength(1), v.maxLength(10_000)),
      /** What the act was, as the undo menu says it: "Split segment". */
      act: v.pipe(v.string(), v.minLength(1), v.maxLength(100)),
    }),
    v.array(v.nullable(id)),
  ),
};
