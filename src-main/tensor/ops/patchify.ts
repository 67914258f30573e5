import { addon } from '../native.ts';
import { apply, handleOf } from '../apply.ts';
import type { KernelOp } from '../op.ts';
import { at, generate, unravel } from '../reference.ts';
import type { Reference } from '../reference.ts';
import { requireRank, requireShape } from '../shape-check.ts';
import { Tensor } from '../tensor.ts';

export const patchifyOp: KernelOp<readonly [Tensor], { readonly patch: number }> = {
  name: 'patchify',
  infer([pixels], { patch }) {
    requireRank('patchify', 'pixels', pixels, 4);
    const [batch, channels, height, width] = pixels.shape as [number, number, number, number];
    const fits = patch >= 1 && height >= patch && width >= patch;
    requireShape(fits, 'patchify', 'pixels', pixels, `sides of at least ${patch}`);
    const grid = Math.floor(height / patch) * Math.floor(width / patch);
    return [{ shape: [batch * grid, channels * patch * patch] }];
  },
  launch(ops, [pixels], [out], { patch }) {
    ops.patchify(pixels.handle, handleOf(out), patch);
  },
  composed([pixels], { patch }) {
    const source = pixels as Reference;
    const [batch, channels, height, width] = source.shape as [number, number, number, number];
    const [down, across] = [Math.floor(height / patch), Math.floor(width / patch)];
    const shape = [batch, down, across, channels, patch, patch];
    const value = (i: number): number => {
      const [b, y, x, c, dy, dx] = unravel(i, shape) as [
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      return at(source, ((b * channels + c) * height + y * patch + dy) * width + x * patch + dx);
    };
    const rows = [batch * down * across, channels * patch * patch];
    return [generate(rows, value)];
  },
  vjp: {
    keeps: () => ({}),
    rule(context, grad) {
      const pixels = Tensor.empty(context.inputSpec(0).shape);
      addon().ops.unpatchify(grad.handle, pixels.handle, context.attrs.patch);
      return [pixels];
    },
  },
};

/**
 * Images to rows of patches (im2col, stride = kernel), so that patch embedding is a matmul.
 * @param pixels [B, C, H, W] f32
 * @param patch  side of a patch in pixels; what remains after whole patches is left out
 * @returns      [B · (H/p) · (W/p), C · p · p] f32: row by row, channel-major inside
 */
export function patchify(pixels: Tensor, patch: number): Tensor {
  return apply(patchifyOp, [pixels], { patch });
}
