import sharp from 'sharp';
import type { TaskContext } from '../workers/worker-client.ts';
import { openFile } from './clip-task.ts';
import type { VideoFile } from './clip-task.ts';

/** A frame as training decodes it, for a window to show. */
export interface FramePng {
  readonly index: number;
  /** Of the pixels, [height, width, 3] u8, in hex. */
  readonly sha256: string;
  readonly png: Uint8Array;
}

export interface FramesInput extends VideoFile {
  /** Ascending, each once. */
  readonly indices: readonly number[];
}

/**
 * Decodes frames and tells of each as soon as it is there. PNG loses nothing, so the window can prove
 * that what it shows is what was hashed here.
 * @throws those of KnownVideo.frames
 */
export async function videoFramesTask(
  input: FramesInput,
  { signal, report }: TaskContext<FramePng>,
): Promise<null> {
  const known = await openFile(input);
  await known.frames(
    input.indices,
    async ({ index, image, sha256 }) => {
      const { width, height, data } = image;
      const png = await sharp(data, { raw: { width, height, channels: 3 } })
        .png({ compressionLevel: 1 })
        .toBuffer();
      report({ index, sha256, png });
    },
    signal,
  );
  return null;
}
