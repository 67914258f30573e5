import type { Attachment } from 'svelte/attachments';
import { placeBeside } from './place.ts';
import type { Align, Box, Side } from './place.ts';

export interface FloatingOptions {
  readonly anchor: () => Box | undefined;
  readonly side: Side;
  readonly align: Align;
  readonly gap: number;
}

/** The first element with a box inside wrappers that have none themselves (`display: contents`). */
export function firstInside(wrapper: Element | undefined): Element | undefined {
  let element: Element | null | undefined = wrapper?.firstElementChild ?? wrapper;
  while (element && element.getClientRects().length === 0 && element.firstElementChild) {
    element = element.firstElementChild;
  }
  return element ?? undefined;
}

/** Its box, for what floats beside it. */
export function boxOf(wrapper: Element | undefined): Box | undefined {
  return firstInside(wrapper)?.getBoundingClientRect();
}

/**
 * Opens an element with the `popover` attribute in the top layer, beside its anchor, and keeps it
 * there while either changes its size.
 */
export function floating(options: FloatingOptions): Attachment<HTMLElement> {
  return (element) => {
    const place = (): void => {
      const anchor = options.anchor();
      if (anchor === undefined) return;
      const size = { width: element.offsetWidth, height: element.offsetHeight };
      const viewport = { width: innerWidth, height: innerHeight };
      const { x, y } = placeBeside(anchor, size, viewport, options);
      element.style.translate = `${x}px ${y}px`;
    };
    element.showPopover();
    place();
    const observer = new ResizeObserver(place);
    observer.observe(element);
    addEventListener('resize', place);
    return () => {
      observer.disconnect();
      removeEventListener('resize', place);
    };
  };
}
