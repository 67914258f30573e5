/** An image as Electron takes it: rows from the top, blue, green, red, alpha, one byte each. */
export interface Bitmap {
  readonly width: number;
  readonly height: number;
  readonly pixels: Buffer;
}

/** The lens-like teal of the app, which is seen on light and on dark bars. */
const teal = [0xa6, 0xa0, 0x1f] as const;
const faint = 0.35;

/** 1 inside a shape's edge, 0 outside, a share between on the pixels that it crosses. */
function cover(distance: number): number {
  return Math.min(1, Math.max(0, 0.5 - distance));
}

/**
 * A ring that fills clockwise from the top with `share`, for the tray.
 * @param share 0 … 1
 * @param size  width and height in pixels
 */
export function ringImage(share: number, size: number): Bitmap {
  const pixels = Buffer.alloc(size * size * 4);
  const centre = size / 2;
  const middle = size * 0.36;
  const half = size * 0.1;
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      const [dx, dy] = [x + 0.5 - centre, y + 0.5 - centre];
      const ring = cover(Math.abs(Math.hypot(dx, dy) - middle) - half);
      const turn = (Math.atan2(dx, -dy) / (2 * Math.PI) + 1) % 1;
      const alpha = ring * (turn < share ? 1 : faint);
      const at = (y * size + x) * 4;
      // Premultiplied, as Skia keeps it.
      teal.forEach((channel, i) => (pixels[at + i] = Math.round(channel * alpha)));
      pixels[at + 3] = Math.round(255 * alpha);
    }
  }
  return { width: size, height: size, pixels };
}
