import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { runProgram } from '../../../src-main/media/child-process.ts';
import { locateFfmpeg } from '../../../src-main/media/ffmpeg.ts';

export interface MadeFile {
  readonly name: string;
  readonly path: string;
  readonly kind: 'image' | 'video' | 'broken';
  /** Of the upright picture; 0 for a broken file. */
  readonly width: number;
  readonly height: number;
}

const width = 480;
const height = 320;

/** A picture that nothing else looks like: a numbered scene with a red mark at the upper left. */
function scene(number: number, size = { width, height }): Buffer {
  const hue = (number * 47) % 360;
  const across = 120 + ((number * 71) % 240);
  const down = 90 + ((number * 37) % 140);
  const shapes = [
    `<circle cx="${across}" cy="${down}" r="52"/>`,
    `<rect x="${across - 50}" y="${down - 50}" width="100" height="100" rx="12"/>`,
    `<path d="M${across} ${down - 58} l58 104 h-116 z"/>`,
  ];
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}"
      width="${size.width}" height="${size.height}" preserveAspectRatio="none">
    <rect width="100%" height="100%" fill="hsl(${hue} 32% 78%)"/>
    <rect y="220" width="100%" height="100" fill="hsl(${(hue + 60) % 360} 28% 55%)"/>
    <g fill="hsl(${(hue + 180) % 360} 55% 42%)">${shapes[number % 3]}</g>
    <rect width="40" height="40" fill="#d02020"/>
    <text x="440" y="300" text-anchor="end" font-family="sans-serif" font-size="40"
      fill="#ffffff">${number}</text>
  </svg>`;
  return Buffer.from(svg);
}

/** 24-bit BMP: rows from the bottom up, blue first, each padded to four bytes. */
function bmp(rgb: Buffer, columns: number, rows: number): Buffer {
  const rowBytes = Math.ceil((columns * 3) / 4) * 4;
  const file = Buffer.alloc(54 + rowBytes * rows);
  file.write('BM');
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(54, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(columns, 18);
  file.writeInt32LE(rows, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  for (let y = 0; y < rows; y += 1) {
    for (let x = 0; x < columns; x += 1) {
      const from = (y * columns + x) * 3;
      const to = 54 + (rows - 1 - y) * rowBytes + x * 3;
      for (let channel = 0; channel < 3; channel += 1) {
        file[to + 2 - channel] = rgb[from + channel] as number;
      }
    }
  }
  return file;
}

type Encode = (number: number) => Promise<Buffer>;

/**
 * A JPEG whose pixels lie on their side and whose EXIF says how to turn them; upright it shows the
 * scene as the others do. Orientation 6: turn clockwise by a quarter to see it upright.
 */
const turnedJpeg: Encode = async (number) => {
  const stored = await sharp(scene(number)).rotate(-90).toBuffer();
  return sharp(stored).jpeg({ quality: 88 }).withMetadata({ orientation: 6 }).toBuffer();
};

const images: Readonly<Record<string, Encode>> = {
  jpg: (number) => sharp(scene(number)).jpeg({ quality: 88 }).toBuffer(),
  'turned.jpg': turnedJpeg,
  png: (number) => sharp(scene(number)).png().toBuffer(),
  webp: (number) => sharp(scene(number)).webp().toBuffer(),
  avif: (number) => sharp(scene(number)).avif({ effort: 0 }).toBuffer(),
  tiff: (number) => sharp(scene(number)).tiff().toBuffer(),
  gif: (number) => sharp(scene(number)).gif().toBuffer(),
  bmp: async (number) => {
    const raw = await sharp(scene(number)).removeAlpha().raw().toBuffer();
    return bmp(raw, width, height);
  },
};

/** The kinds of picture that makeImage and makeMixedMedia write, by the end of their names. */
export const imageKinds = Object.keys(images);

/**
 * Writes FOLDER/picture-NUMBER.KIND; each number is another picture.
 * @param kind one of imageKinds
 */
export async function makeImage(folder: string, number: number, kind = 'jpg'): Promise<MadeFile> {
  const encode = images[kind];
  if (encode === undefined) throw new Error(`no such kind of picture: ${kind}`);
  const name = `picture-${String(number).padStart(3, '0')}.${kind}`;
  const path = join(folder, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, await encode(number));
  return { name, path, kind: 'image', width, height };
}

/** A large JPEG, such as of 7728 × 5152 pixels (40 megapixels). */
export async function makeLargeImage(
  folder: string,
  size: { readonly width: number; readonly height: number },
): Promise<MadeFile> {
  const name = `large-${size.width}x${size.height}.jpg`;
  const path = join(folder, name);
  mkdirSync(folder, { recursive: true });
  await sharp(scene(1, size), { limitInputPixels: false }).jpeg({ quality: 80 }).toFile(path);
  return { name, path, kind: 'image', ...size };
}

const codecs: Readonly<Record<string, readonly string[]>> = {
  mp4: ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'],
  mov: ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'],
  mkv: ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'],
  webm: ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-b:v', '200k'],
  avi: ['-c:v', 'mpeg4', '-q:v', '5'],
};

/** Writes FOLDER/clip-NUMBER.KIND: a moving test picture of a tint of its own, with a tone. */
export async function makeClip(
  folder: string,
  number: number,
  kind = 'mp4',
  seconds = 2,
): Promise<MadeFile> {
  const codec = codecs[kind];
  if (codec === undefined) throw new Error(`no such kind of video: ${kind}`);
  const { ffmpeg } = await locateFfmpeg();
  const name = `clip-${String(number).padStart(3, '0')}.${kind}`;
  const path = join(folder, name);
  mkdirSync(folder, { recursive: true });
  const picture = `testsrc=size=320x240:rate=10:duration=${seconds}`;
  const tone = `sine=frequency=${220 + number * 20}:duration=${seconds}`;
  const sound = kind === 'webm' ? 'libopus' : 'aac';
  const { exitCode, log } = await runProgram(
    ffmpeg.path,
    [
      ...['-nostdin', '-v', 'error', '-y', '-f', 'lavfi', '-i', picture],
      ...['-f', 'lavfi', '-i', tone, '-vf', `hue=h=${(number * 40) % 360}`],
      ...[...codec, '-c:a', sound, '-strict', '-2', path],
    ],
    { what: `Making ${path}`, timeoutMs: 60_000, maxOutputBytes: 1 << 20 },
  );
  if (exitCode !== 0) throw new Error(`cannot make ${path}: ${log}`);
  return { name, path, kind: 'video', width: 320, height: 240 };
}

/** Files that look like media and are none, each for another reason. */
async function makeBroken(folder: string): Promise<MadeFile[]> {
  const jpeg = await sharp(scene(900)).jpeg().toBuffer();
  const whole = await makeClip(folder, 900);
  const clip = readFileSync(whole.path);
  rmSync(whole.path);
  const contents: Readonly<Record<string, Buffer>> = {
    'cut-short.jpg': jpeg.subarray(0, jpeg.length >> 2),
    'empty.png': Buffer.alloc(0),
    'text.webp': Buffer.from('This is a shopping list, not a picture.\n'),
    'noise.gif': Buffer.from(Array.from({ length: 4000 }, (_, i) => (i * 7919 + 31) % 251)),
    'cut-short.mp4': clip.subarray(0, clip.length >> 1),
  };
  return Object.entries(contents).map(([name, content]) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return { name, path, kind: 'broken', width: 0, height: 0 };
  });
}

/**
 * Fills a folder as a person's would be: pictures of every kind in turn, two videos, five broken
 * files. No two are alike.
 * @param count how many files in all, at least 8
 */
export async function makeMixedMedia(folder: string, count: number): Promise<MadeFile[]> {
  mkdirSync(folder, { recursive: true });
  const broken = await makeBroken(folder);
  const clips = [await makeClip(folder, 1, 'mp4'), await makeClip(folder, 2, 'webm')];
  const pictures: MadeFile[] = [];
  for (let number = 1; number <= count - broken.length - clips.length; number += 1) {
    const kind = imageKinds[number % imageKinds.length] as string;
    pictures.push(await makeImage(folder, number, kind));
  }
  return [...pictures, ...clips, ...broken];
}
