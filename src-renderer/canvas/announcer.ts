import type { Scene } from './scene.ts';

const names = {
  box: 'box',
  'rotated-box': 'rotated box',
  polygon: 'polygon',
  freehand: 'line',
  point: 'point',
  skeleton: 'skeleton',
  mask: 'mask',
} as const;

/** What is selected, in words: "box, cat, 3 of 12". */
export function selectionInWords(scene: Scene): string {
  const selected = scene.selectedShapes();
  const [shape] = selected;
  if (shape === undefined) return 'Nothing selected';
  if (selected.length > 1) return `${String(selected.length)} shapes selected`;
  const label = scene.label(shape.labelId)?.name ?? 'no label';
  const place = scene.shapes.findIndex(({ id }) => id === shape.id) + 1;
  const states = [
    shape.isLocked ? 'locked' : '',
    shape.isHidden ? 'hidden' : '',
    shape.isDraft ? 'suggestion' : '',
  ].filter((state) => state !== '');
  const order = `${String(place)} of ${String(scene.shapes.length)}`;
  return [names[shape.geometry.kind], label, ...states, order].join(', ');
}

/** Tells screen readers what a canvas cannot. */
export class Announcer {
  readonly #element: HTMLElement;

  constructor(container: HTMLElement) {
    this.#element = container.ownerDocument.createElement('div');
    this.#element.setAttribute('aria-live', 'polite');
    Object.assign(this.#element.style, {
      position: 'absolute',
      width: '1px',
      height: '1px',
      overflow: 'hidden',
      clipPath: 'inset(50%)',
      whiteSpace: 'nowrap',
    });
    container.append(this.#element);
  }

  selected(scene: Scene): void {
    this.#element.textContent = selectionInWords(scene);
  }

  destroy(): void {
    this.#element.remove();
  }
}
