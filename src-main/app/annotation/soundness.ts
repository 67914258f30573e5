/** What no schema can say of marks and labels. */
import { LensmithError } from '../../base/errors.ts';
import type { Geometry } from '../../ipc/contract/shapes.ts';
import type { LabelFacts } from '../../store/labels.ts';

/** The largest picture that is decoded has as many pixels. */
const mostMaskPixels = 16383 ** 2;
/** Far outside of any picture, and near enough that sums and products stay numbers. */
const farthest = 1e9;

/** @throws annotation/bad-mask, annotation/out-of-reach */
export function requireSoundGeometry(geometry: Geometry): void {
  const far = numbersOf(geometry).find((value) => Math.abs(value) > farthest);
  if (far !== undefined) {
    throw new LensmithError('annotation/out-of-reach', 'A mark lies too far from its picture.', {
      expected: `at most ${farthest} pixels`,
      got: `${far}`,
    });
  }
  if (geometry.kind !== 'mask') return;
  const pixels = geometry.counts.reduce((sum, count) => sum + count, 0);
  const area = geometry.width * geometry.height;
  if (pixels === area && area <= mostMaskPixels) return;
  throw new LensmithError('annotation/bad-mask', 'The run lengths of a mask do not fill its box.', {
    expected: `${geometry.width} × ${geometry.height} pixels, at most ${mostMaskPixels}`,
    got: `${pixels}`,
  });
}

function numbersOf(geometry: Geometry): number[] {
  switch (geometry.kind) {
    case 'box':
    case 'mask':
      return [geometry.x, geometry.y, geometry.width, geometry.height];
    case 'rotated-box':
      return [geometry.centerX, geometry.centerY, geometry.width, geometry.height];
    case 'polygon':
    case 'freehand':
      return geometry.points.flat();
    case 'point':
      return [geometry.x, geometry.y];
    case 'skeleton':
      return geometry.points.flatMap(({ x, y }) => [x, y]);
  }
}

/** @throws annotation/bad-label */
export function requireSoundLabel({ name, attributes, skeleton }: Partial<LabelFacts>): void {
  if (name?.trim() === '') throw badLabel('A label needs a name.', 'Give it one.');
  const names = (attributes ?? []).map((one) => one.name);
  const twice = names.find((one, at) => names.indexOf(one) !== at);
  if (twice !== undefined) {
    throw badLabel(`Two attributes are called “${twice}”.`, 'Rename one of them, or remove it.');
  }
  const joints = skeleton?.joints.length ?? 0;
  for (const [from, to] of skeleton?.bones ?? []) {
    const joinsTwo = [from, to].every((at) => Number.isInteger(at) && at >= 0 && at < joints);
    if (joinsTwo && from !== to) continue;
    throw badLabel(
      `A line of the skeleton joins ${from} and ${to}.`,
      `Lines join two of its ${joints} joints, counted from 0.`,
    );
  }
}

function badLabel(message: string, hint: string): LensmithError {
  return new LensmithError('annotation/bad-label', message, { hint });
}
