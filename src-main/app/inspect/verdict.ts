/** Whether memory suffices. */
export type MemoryVerdict = 'fits' | 'tight' | 'too-large';

/** Beyond this share of all memory the system and other programs suffer. */
const comfortable = 0.8;

/** @param bytes all memory there, used or not */
export function memoryVerdict(neededBytes: number, bytes: number): MemoryVerdict {
  const share = neededBytes / bytes;
  return share <= comfortable ? 'fits' : share <= 1 ? 'tight' : 'too-large';
}
