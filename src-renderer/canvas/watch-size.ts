import type { Size } from './geometry/plane.ts';

/**
 * Tells the size of an element in CSS pixels and the device pixels to each, now and whenever either
 * changes: a drag of the window to another screen changes the second alone.
 * @returns stops telling
 */
export function watchSize(
  element: HTMLElement,
  changed: (size: Size, ratio: number) => void,
): () => void {
  const tell = (): void => {
    const size = { width: element.clientWidth, height: element.clientHeight };
    changed(size, window.devicePixelRatio || 1);
  };
  const observer = new ResizeObserver(tell);
  observer.observe(element);
  let query: MediaQueryList | undefined;
  const watchRatio = (): void => {
    query?.removeEventListener('change', watchRatio);
    // A query matches one ratio only, so each change asks for the next.
    query = window.matchMedia(`(resolution: ${String(window.devicePixelRatio)}dppx)`);
    query.addEventListener('change', watchRatio);
    tell();
  };
  watchRatio();
  return () => {
    observer.disconnect();
    query?.removeEventListener('change', watchRatio);
  };
}
