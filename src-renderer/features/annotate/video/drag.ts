/** A press that is held and moved, until it is let go. */
export interface Dragging {
  /** @param x pixels from the left edge of the lane */
  readonly move: (x: number) => void;
  readonly drop: () => void;
  readonly cancel: () => void;
}

/** Follows the pointer of a press on an element within a lane. */
export function drag(event: PointerEvent, lane: HTMLElement, dragging: Dragging): void {
  const target = event.currentTarget as HTMLElement;
  const { pointerId } = event;
  const stop = new AbortController();
  const { signal } = stop;
  target.setPointerCapture(pointerId);
  const on = (type: string, handle: (event: PointerEvent) => void): void =>
    target.addEventListener(type, (one) => handle(one as PointerEvent), { signal });
  on('pointermove', ({ clientX }) => dragging.move(clientX - lane.getBoundingClientRect().left));
  on('pointerup', () => {
    stop.abort();
    dragging.drop();
  });
  on('pointercancel', () => {
    stop.abort();
    dragging.cancel();
  });
}
