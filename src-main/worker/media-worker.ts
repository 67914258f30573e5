/** Entry of a media worker: sharp, ffmpeg and onnxruntime live here, never in the core. */
import { mediaTasks } from '../app/workers/media-tasks.ts';
import { serveTasks } from './serve-tasks.ts';

serveTasks(mediaTasks);
