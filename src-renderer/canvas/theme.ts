/** Colours as CSS writes them; the caller reads them from the page's custom properties. */
export interface CanvasTheme {
  /** Of label colours 0 to 7. */
  readonly labels: readonly string[];
  /** Of shapes without a label. */
  readonly unlabelled: string;
  /** Of handles, marquee and guides. */
  readonly accent: string;
  /** Under every line, so that it shows on a picture of the line's own colour. */
  readonly halo: string;
  readonly handleFill: string;
  readonly captionGround: string;
  readonly captionText: string;
  /** A CSS font family. */
  readonly font: string;
}

/** Eight colours that colour-blind people can tell apart: Okabe and Ito's, brightened for pictures. */
export const defaultTheme: CanvasTheme = {
  labels: ['#2ec4b6', '#ff9f1c', '#56b4e9', '#f27ab8', '#f0e442', '#7bc950', '#a78bfa', '#e8e4dd'],
  unlabelled: '#d0ccc4',
  accent: '#4fc3bb',
  halo: 'rgba(0, 0, 0, 0.55)',
  handleFill: '#ffffff',
  captionGround: 'rgba(20, 19, 18, 0.88)',
  captionText: '#f4f2ee',
  font: 'system-ui, sans-serif',
};

/** The theme from `--label-0` … `--label-7` and `--accent` of an element; defaults for what is unset. */
export function readTheme(element: Element): CanvasTheme {
  const style = getComputedStyle(element);
  const read = (name: string, fallback: string): string =>
    style.getPropertyValue(name).trim() || fallback;
  return {
    ...defaultTheme,
    labels: defaultTheme.labels.map((color, i) => read(`--label-${String(i)}`, color)),
    accent: read('--accent', defaultTheme.accent),
    font: style.fontFamily || defaultTheme.font,
  };
}

/** Black or white, whichever reads better on `#rrggbb`; black on what is written otherwise. */
export function textOn(color: string): string {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(color);
  if (match === null) return '#000000';
  const [red = 0, green = 0, blue = 0] = match.slice(1).map((pair) => {
    const value = parseInt(pair, 16) / 255;
    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  // WCAG 2 relative luminance; above 0.18 black has the larger contrast.
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18 ? '#000000' : '#ffffff';
}
