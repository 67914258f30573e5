/* global createImageBitmap, document, OffscreenCanvas, performance, requestAnimationFrame, setTimeout, window */
// Runs in the browser: a canvas with 1,000 shapes on a picture of 40 megapixels, and what moves on it.
import { AnnotationCanvas } from '/src-renderer/canvas/annotation-canvas.ts';
import { BitmapPicture } from '/src-renderer/canvas/bitmap-picture.ts';

const size = { width: 7746, height: 5164 };
const shapeCount = 1000;

/** Park and Miller's generator: the same shapes in every run. */
function seeded(seed) {
  let state = seed;
  return () => (state = (state * 16807) % 2147483647) / 2147483647;
}

function paintPicture(width, height) {
  const canvas = new OffscreenCanvas(width, height);
  const ctx = canvas.getContext('2d');
  const random = seeded(7);
  ctx.fillStyle = '#8a9ba8';
  ctx.fillRect(0, 0, width, height);
  for (let i = 0; i < 500; i++) {
    ctx.fillStyle = `hsl(${random() * 360} 40% ${20 + random() * 60}%)`;
    ctx.fillRect(random() * width, random() * height, width / 20, height / 20);
  }
  return canvas;
}

function polygon(random, x, y) {
  const points = Array.from({ length: 24 }, (_, i) => {
    const angle = (i / 24) * 2 * Math.PI;
    const radius = 40 + random() * 80;
    return [x + Math.cos(angle) * radius, y + Math.sin(angle) * radius];
  });
  return { kind: 'polygon', points };
}

function mask(x, y) {
  const side = 160;
  const counts = [];
  let outside = 0;
  for (let row = 0; row < side; row++) {
    const half = Math.floor(Math.sqrt(Math.max(0, 80 ** 2 - (row - 80) ** 2)));
    counts.push(outside + 80 - half, 2 * half);
    outside = 80 - half;
  }
  counts.push(outside);
  return { kind: 'mask', x: Math.floor(x), y: Math.floor(y), width: side, height: side, counts };
}

/** Half boxes, then polygons, turned boxes, masks and points, as on a crowded aerial picture. */
function makeShapes() {
  const random = seeded(11);
  return Array.from({ length: shapeCount }, (_, i) => {
    const x = 150 + random() * (size.width - 400);
    const y = 150 + random() * (size.height - 400);
    const width = 60 + random() * 180;
    const height = 60 + random() * 180;
    const turned = { centerX: x, centerY: y, width, height, angleDegrees: random() * 180 };
    const geometries = [
      () => ({ kind: 'box', x, y, width, height }),
      () => polygon(random, x, y),
      () => ({ kind: 'box', x, y, width, height }),
      () => ({ kind: 'rotated-box', ...turned }),
      () => ({ kind: 'box', x, y, width, height }),
      () => polygon(random, x, y),
      () => ({ kind: 'box', x, y, width, height }),
      () => mask(x, y),
      () => ({ kind: 'box', x, y, width, height }),
      () => ({ kind: 'point', x, y }),
    ];
    return {
      id: i + 1,
      itemId: 1,
      labelId: 1 + (i % 8),
      geometry: geometries[i % 10](),
      attributes: {},
      order: i,
      isLocked: false,
      isHidden: false,
      isDraft: i % 17 === 0,
      source: 'person',
      text: '',
    };
  });
}

let frames = [];
let shapes = makeShapes();
const host = {
  create() {},
  change(key, edits) {
    const changed = new Map(edits.map(({ id, geometry }) => [id, geometry]));
    shapes = shapes.map((s) => (changed.has(s.id) ? { ...s, geometry: changed.get(s.id) } : s));
    canvas.setShapes(key, shapes);
  },
  duplicate() {},
  remove() {},
  select() {},
};
const container = document.querySelector('#canvas');
const canvas = new AnnotationCanvas(container, host, {
  label: 'Picture',
  drawn: (durationMs) => frames.push(durationMs),
});
canvas.setLabels(
  Array.from({ length: 8 }, (_, i) => ({
    id: i + 1,
    name: `Label ${i + 1}`,
    color: i,
    attributes: [],
    skeleton: null,
    position: i,
  })),
);

const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve));

function pointer(type, x, y) {
  const buttons = type === 'pointerup' || type === 'hover' ? 0 : 1;
  const options = { clientX: x, clientY: y, pointerId: 1, pointerType: 'mouse', buttons };
  const name = type === 'hover' ? 'pointermove' : type;
  container.dispatchEvent(new window.PointerEvent(name, { ...options, bubbles: true }));
}

function wheel(x, y, deltaY) {
  container.dispatchEvent(new window.WheelEvent('wheel', { clientX: x, clientY: y, deltaY }));
}

function quantile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

function summary(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const round = (value) => Math.round(value * 100) / 100;
  return {
    median: round(quantile(sorted, 0.5)),
    p95: round(quantile(sorted, 0.95)),
    max: round(sorted.at(-1) ?? 0),
  };
}

/**
 * `scriptMs`: the input's handling and the drawing calls; `frameMs`: from one frame to the next, with
 * what the browser rasterises.
 */
async function measure(count, step) {
  await nextFrame();
  frames = [];
  const handling = [];
  const between = [];
  let before = performance.now();
  for (let i = 0; i < count; i++) {
    const started = performance.now();
    step(i);
    handling.push(performance.now() - started);
    await nextFrame();
    const now = performance.now();
    between.push(now - before);
    before = now;
  }
  const script = handling.map((time, i) => time + (frames[i] ?? 0));
  return { frames: count, scriptMs: summary(script), frameMs: summary(between) };
}

/** A press that has no real pointer behind it cannot be captured. */
container.setPointerCapture = () => undefined;

async function pan() {
  canvas.fit();
  canvas.zoomBy(2.5);
  return measure(120, (i) => {
    const forth = i % 60 < 30 ? 1 : -1;
    container.dispatchEvent(
      new window.WheelEvent('wheel', {
        clientX: 600,
        clientY: 400,
        deltaY: 12 * forth,
        shiftKey: true,
      }),
    );
  });
}

async function zoom() {
  canvas.fit();
  return measure(120, (i) => wheel(500, 350, i % 120 < 60 ? -60 : 60));
}

async function hover() {
  canvas.fit();
  return measure(120, (i) => pointer('hover', 100 + i * 8, 300 + Math.sin(i / 9) * 200));
}

async function drag() {
  canvas.fit();
  canvas.setTool('select');
  canvas.setSelection([501]);
  await nextFrame();
  const { x, y, width, height } = shapes[500].geometry;
  const scale = canvas.scale;
  const left = (container.clientWidth - size.width * scale) / 2;
  const top = (container.clientHeight - size.height * scale) / 2;
  const from = { x: left + (x + width / 2) * scale, y: top + (y + height / 2) * scale };
  pointer('pointerdown', from.x, from.y);
  const result = await measure(120, (i) => {
    pointer('pointermove', from.x + Math.sin(i / 10) * 150, from.y + Math.cos(i / 10) * 100);
  });
  const moved = canvas.isBusy;
  pointer('pointerup', from.x, from.y);
  return { ...result, moved };
}

async function brush() {
  canvas.fit();
  canvas.setSelection([]);
  canvas.setTool('brush');
  canvas.setSettings({ brushRadius: 80 });
  pointer('pointerdown', 100, 100);
  const result = await measure(120, (i) =>
    pointer('pointermove', 100 + i * 8, 100 + (i % 30) * 18),
  );
  const started = performance.now();
  pointer('pointerup', 1060, 600);
  canvas.setTool('select');
  return { ...result, commitMs: Math.round(performance.now() - started) };
}

/** @returns milliseconds of each kind of movement */
window.runBench = async () => {
  const preview = await createImageBitmap(paintPicture(2048, 1365));
  const started = performance.now();
  canvas.setScene({
    key: 1,
    size,
    shapes,
    picture: new BitmapPicture({
      ...size,
      preview,
      loadFull: () => createImageBitmap(paintPicture(size.width, size.height)),
    }),
  });
  await nextFrame();
  await nextFrame();
  const firstFrameMs = Math.round(performance.now() - started);
  // The full picture and its half are made when the zoom asks for them; that is not a frame's time.
  canvas.zoomBy(8);
  await new Promise((resolve) => setTimeout(resolve, 3000));
  return {
    shapes: shapeCount,
    megapixels: 40,
    screen: [container.clientWidth, container.clientHeight, window.devicePixelRatio],
    firstFrameMs,
    pan: await pan(),
    zoom: await zoom(),
    hover: await hover(),
    drag: await drag(),
    brush: await brush(),
  };
};
