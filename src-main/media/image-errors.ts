import { LensmithError } from '../base/errors.ts';

function reason(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).replace(/\s+/g, ' ').trim();
}

export function brokenImage(name: string, cause: unknown): LensmithError {
  return new LensmithError('media/image-broken', `${name} cannot be decoded.`, {
    expected: 'a whole picture file',
    got: reason(cause).slice(0, 300),
    hint: 'The file is cut short or damaged; export it again from its source.',
    cause,
  });
}

export function imageTooLarge(name: string, expected: string, got: string): LensmithError {
  return new LensmithError('media/image-too-large', `${name} is too large to decode.`, {
    expected,
    got,
    hint: 'Make the picture smaller first, or raise the limit.',
  });
}

/** A picture of a known format that is stored in a way that is not read. */
export function oddImage(name: string, expected: string, got: string): LensmithError {
  return new LensmithError('media/image-unsupported', `${name} is stored in an odd way.`, {
    expected,
    got,
    hint: 'Save it as an 8-bit PNG or as JPEG.',
  });
}
