import { recall, recallNumber, remember } from '../../ui/remember.ts';

const clamp = (value: number, min: number, max: number): number =>
  Math.min(max, Math.max(min, value));

/** How a person likes to draw; kept on this machine. */
class Preferences {
  #brushRadius: number = $state(recallNumber('annotate.brush', 16));
  #maskOpacity: number = $state(clamp(recallNumber('annotate.mask-opacity', 0.8), 0.1, 1));
  #snaps: boolean = $state(recall('annotate.snaps') !== 'off');
  #namesShown: boolean = $state(recall('annotate.names') !== 'off');

  /** Image pixels. */
  get brushRadius(): number {
    return this.#brushRadius;
  }

  set brushRadius(radius: number) {
    this.#brushRadius = radius;
    remember('annotate.brush', radius);
  }

  /** 0.1 … 1 */
  get maskOpacity(): number {
    return this.#maskOpacity;
  }

  set maskOpacity(opacity: number) {
    this.#maskOpacity = clamp(opacity, 0.1, 1);
    remember('annotate.mask-opacity', this.#maskOpacity);
  }

  get snaps(): boolean {
    return this.#snaps;
  }

  set snaps(snaps: boolean) {
    this.#snaps = snaps;
    remember('annotate.snaps', snaps ? undefined : 'off');
  }

  /** Names of labels beside the marks. */
  get namesShown(): boolean {
    return this.#namesShown;
  }

  set namesShown(shown: boolean) {
    this.#namesShown = shown;
    remember('annotate.names', shown ? undefined : 'off');
  }
}

export const preferences = new Preferences();
