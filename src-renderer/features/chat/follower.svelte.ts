import type { Attachment } from 'svelte/attachments';

/** So near the end counts as the end. */
const nearPx = 48;

/** Keeps the end of a growing text in sight, until the reader scrolls away from it; then it lets them read. */
export class Follower {
  isFollowing = $state(true);
  #scroller: HTMLElement | null = null;

  readonly attach: Attachment<HTMLElement> = (scroller) => {
    this.#scroller = scroller;
    const onScroll = (): void => {
      const left = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
      this.isFollowing = left < nearPx;
    };
    // At once, before the next piece of text takes the page to its end again.
    const onWheel = ({ deltaY }: WheelEvent): void => {
      if (deltaY < 0 && scroller.scrollTop > 0) this.isFollowing = false;
    };
    scroller.addEventListener('scroll', onScroll, { passive: true });
    scroller.addEventListener('wheel', onWheel, { passive: true });
    // Pictures find their height after the text.
    const sizes = new ResizeObserver(() => this.moved());
    for (const child of scroller.children) sizes.observe(child);
    return () => {
      scroller.removeEventListener('scroll', onScroll);
      scroller.removeEventListener('wheel', onWheel);
      sizes.disconnect();
      this.#scroller = null;
    };
  };

  /** Something was added at the end. */
  moved(): void {
    if (this.isFollowing) this.#scroller?.scrollTo({ top: this.#scroller.scrollHeight });
  }

  toEnd(): void {
    this.isFollowing = true;
    this.moved();
  }
}
