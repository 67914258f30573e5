/** Sizes and folds of the window, kept on this machine. Not for anything that belongs to a project. */

const prefix = 'lensmith.';

/** What was remembered under a name, if the browser lets us look. */
export function recall(key: string | undefined): string | undefined {
  if (key === undefined) return undefined;
  try {
    return localStorage.getItem(prefix + key) ?? undefined;
  } catch {
    return undefined;
  }
}

/** A number remembered under a name, or the fallback. */
export function recallNumber(key: string | undefined, fallback: number): number {
  const value = Number.parseFloat(recall(key) ?? '');
  return Number.isFinite(value) ? value : fallback;
}

/** Remembers, or with undefined forgets. A full or closed store costs only the memory. */
export function remember(key: string | undefined, value: string | number | undefined): void {
  if (key === undefined) return;
  try {
    if (value === undefined) localStorage.removeItem(prefix + key);
    else localStorage.setItem(prefix + key, String(value));
  } catch {
    return;
  }
}
