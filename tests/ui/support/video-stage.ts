/** The annotate screen with a video on it. */
import type { Page } from 'playwright-core';
import { BITS, HEIGHT, WIDTH } from '../../media/make-video.ts';
import type { VideoMarks } from '../../../src-main/ipc/contract/video-marks.ts';
import { eventually } from './annotating.ts';
import { drawn } from './at-rest.ts';
import type { Annotating } from './annotating.ts';

export class VideoStage {
  readonly a: Annotating;

  constructor(a: Annotating) {
    this.a = a;
  }

  get page(): Page {
    return this.a.page;
  }

  /** Opens a video and waits for its first frame. */
  async open(itemId: number): Promise<void> {
    await this.page.evaluate((id) => (location.hash = `#/annotate/${id}`), itemId);
    await this.page.getByTestId('timeline').waitFor();
    await this.stands(0);
  }

  /** Until frame `index` stands on the stage. */
  async stands(index: number): Promise<void> {
    await eventually(() => this.page.getByTestId('exact').getAttribute('data-frame')).toBe(
      String(index),
    );
  }

  /** Until the pixels that are shown are proved to be those that training decodes. */
  async isExact(): Promise<void> {
    await this.page
      .getByTestId('exact')
      .filter({ hasText: /^\s*exact\s*$/ })
      .waitFor();
  }

  /** The frame that the playhead is on. */
  async frame(): Promise<number> {
    const text = (await this.page.getByTestId('frame').textContent()) ?? '';
    return Number(/\d+/.exec(text)?.[0]);
  }

  /** The number that the picture on the stage shows, read off the canvas; see make-video.ts. */
  async number(degrees: 0 | 90 = 0): Promise<number> {
    const size =
      degrees === 90 ? { width: HEIGHT, height: WIDTH } : { width: WIDTH, height: HEIGHT };
    const bits = Array.from({ length: BITS }, (_, bit): [number, number] =>
      degrees === 90 ? [HEIGHT - 12, bit * 8 + 4] : [bit * 8 + 4, 12],
    );
    const places = await this.a.places(size, bits);
    // The canvas follows what it was given in the next frame of the window.
    await drawn(this.page);
    const levels = await this.page.evaluate((at) => {
      const canvas = document.querySelector<HTMLCanvasElement>('[data-testid=canvas] canvas');
      const ctx = canvas?.getContext('2d');
      if (!canvas || !ctx) throw new Error('there is no picture');
      const { left, top } = canvas.getBoundingClientRect();
      const ratio = window.devicePixelRatio;
      return at.map(
        ({ x, y }) => ctx.getImageData((x - left) * ratio, (y - top) * ratio, 1, 1).data[1] ?? 0,
      );
    }, places);
    return levels.reduce((number, level, bit) => (level > 127 ? number | (1 << bit) : number), 0);
  }

  marks(itemId: number): Promise<VideoMarks> {
    return this.a.rpc.call('video.marks', { itemId });
  }
}
