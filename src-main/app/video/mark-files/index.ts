import { activitynet } from './activitynet.ts';
import { csv } from './csv.ts';
import { mot } from './mot.ts';
import type { VideoMarksFormat } from './video-marks-format.ts';

/** Formats for marks of a video; the first whose `sniff` says yes reads a file. */
export const videoMarksFormats: readonly VideoMarksFormat[] = [csv, activitynet, mot];
