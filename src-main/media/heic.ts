import { LensmithError } from '../base/errors.ts';
import type { RgbImage } from './decode-image.ts';
import type { TimeLimit } from './time-limit.ts';

export function decodeHeic(
  _bytes: Uint8Array,
  { name }: { name: string; maxPixels: number; limit: TimeLimit },
): Promise<RgbImage> {
  throw new LensmithError(
    'media/image-unsupported',
    `${name} is a HEIC picture, which cannot be read here.`,
    { got: 'HEIC' },
  );
}
