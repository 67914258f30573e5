import { LensmithError } from '../../base/errors.ts';

/** @param what as people call it: `chat`, `answer` */
export function missing(what: string): LensmithError {
  return new LensmithError('chat/missing', `This ${what} is no longer there.`, {
    hint: 'It was deleted meanwhile; the rest of the conversation is as it was.',
  });
}
