import type { OnnxGraph } from './onnx.ts';

/** An encoder in the form of Segment Anything's, with almost nothing in it. */
export const encoder: OnnxGraph = {
  inputs: [{ name: 'image', shape: [1, 3, 1024, 1024] }],
  outputs: [{ name: 'embedding', shape: [1, 3, 1, 1] }],
  nodes: [{ op: 'GlobalAveragePool', inputs: ['image'], outputs: ['embedding'] }],
};

/** A decoder with SAM's names; its mask is everything, of the size that it is told. */
export const decoder: OnnxGraph = {
  inputs: [
    { name: 'image_embeddings', shape: [1, 3, 1, 1] },
    { name: 'point_coords', shape: [1, 'points', 2] },
    { name: 'point_labels', shape: [1, 'points'] },
    { name: 'mask_input', shape: [1, 1, 256, 256] },
    { name: 'has_mask_input', shape: [1] },
    { name: 'orig_im_size', shape: [2] },
  ],
  outputs: [
    { name: 'masks', shape: [1, 1, 'h', 'w'] },
    { name: 'iou_predictions', shape: [1, 1] },
  ],
  constants: [
    { name: 'ones', shape: [2], ints: [1, 1] },
    { name: 'score', shape: [1, 1], floats: [0.75] },
  ],
  nodes: [
    {
      op: 'Cast',
      inputs: ['orig_im_size'],
      outputs: ['size'],
      attributes: [{ name: 'to', int: 7 }],
    },
    {
      op: 'Concat',
      inputs: ['ones', 'size'],
      outputs: ['shape'],
      attributes: [{ name: 'axis', int: 0 }],
    },
    {
      op: 'ConstantOfShape',
      inputs: ['shape'],
      outputs: ['masks'],
      attributes: [{ name: 'value', tensor: { name: 'v', shape: [1], floats: [1] } }],
    },
    { op: 'Identity', inputs: ['score'], outputs: ['iou_predictions'] },
  ],
};
