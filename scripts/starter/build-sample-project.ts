/**
 * Draws resources/sample-project: six invented parts with a verdict each, as LLaVA JSON with
 * images and two clips. Run: npm run sample-project --prefix scripts/starter
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { Random } from '../../src-main/base/random.ts';
import { composePart, drawPart, drawSurface, PARTS, VERDICTS, type Verdict } from './parts.ts';
import { STARTER_DIR } from './sources.ts';

const OUT = join(STARTER_DIR, '..', '..', 'resources', 'sample-project');
const PER_CLASS = { train: 20, test: 5 } as const;
const SEED = 4117;
const CLIP_FRAMES = 36;
const CLIP_RATE = 12;

type Split = keyof typeof PER_CLASS;
type Kind = (typeof PARTS)[number];

interface Entry {
  id: string;
  image?: string;
  video?: string;
  conversations: [{ from: 'human'; value: string }, { from: 'gpt'; value: string }];
}

const QUESTIONS = [
  'Inspect this part.',
  'Which part is this, and what is the verdict?',
  'Check the part.',
  'Give the inspection note.',
];

function answerFor(kind: Kind, verdict: Verdict): string {
  return `Part: ${kind.name}. Verdict: ${verdict}.`;
}

async function paint(kind: Kind, verdict: Verdict, random: Random): Promise<Buffer> {
  const surface = drawSurface(random);
  const svg = composePart(surface, drawPart(kind, verdict, random), {
    x: random.uniform(54, 74),
    y: random.uniform(54, 74),
    scale: random.uniform(0.95, 1.2),
    degrees: random.uniform(-35, 35),
  });
  const image = sharp(Buffer.from(svg)).flatten({ background: '#fff' });
  return image.jpeg({ quality: 88, chromaSubsampling: '4:4:4' }).toBuffer();
}

async function buildSplit(split: Split, random: Random): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (let n = 0; n < PER_CLASS[split]; n++) {
    for (const kind of PARTS) {
      for (const verdict of VERDICTS) {
        const id = `${split}-${String(entries.length + 1).padStart(3, '0')}`;
        const image = `images/${id}.jpg`;
        writeFileSync(join(OUT, image), await paint(kind, verdict, random));
        entries.push({
          id,
          image,
          conversations: [
            { from: 'human', value: `<image>\n${random.pick(QUESTIONS)}` },
            { from: 'gpt', value: answerFor(kind, verdict) },
          ],
        });
      }
    }
  }
  return entries;
}

/** A part carried across the picture: small steps, turning as it goes. */
async function buildClip(id: string, kind: Kind, verdict: Verdict, random: Random): Promise<Entry> {
  const folder = mkdtempSync(join(tmpdir(), 'lensmith-clip-'));
  const surface = drawSurface(random);
  const part = drawPart(kind, verdict, random);
  for (let frame = 0; frame < CLIP_FRAMES; frame++) {
    const t = frame / (CLIP_FRAMES - 1);
    const pose = {
      x: 54 + 20 * t,
      y: 64 + 3 * Math.sin(t * 9),
      scale: 0.95,
      degrees: -25 + 50 * t,
    };
    const png = sharp(Buffer.from(composePart(surface, part, pose))).flatten({
      background: '#fff',
    });
    await png.png().toFile(join(folder, `${String(frame).padStart(3, '0')}.png`));
  }
  const video = `clips/${id}.mp4`;
  const require = createRequire(import.meta.url);
  const ffmpeg = (require('@ffmpeg-installer/ffmpeg') as { path: string }).path;
  const input = ['-framerate', String(CLIP_RATE), '-i', join(folder, '%03d.png')];
  const coding = [
    '-c:v',
    'libx264',
    '-preset',
    'slow',
    '-crf',
    '22',
    '-pix_fmt',
    'yuv420p',
    '-threads',
    '1',
  ];
  const plain = ['-fflags', '+bitexact', '-flags:v', '+bitexact', '-movflags', '+faststart'];
  execFileSync(ffmpeg, ['-v', 'error', '-y', ...input, ...coding, ...plain, join(OUT, video)]);
  rmSync(folder, { recursive: true });
  return {
    id,
    video,
    conversations: [
      { from: 'human', value: `<video>\n${QUESTIONS[0] as string}` },
      { from: 'gpt', value: answerFor(kind, verdict) },
    ],
  };
}

for (const name of ['images', 'clips']) {
  rmSync(join(OUT, name), { recursive: true, force: true });
  mkdirSync(join(OUT, name), { recursive: true });
}
const byName = (name: string): Kind => PARTS.find((p) => p.name === name) as Kind;
const train = await buildSplit('train', new Random(SEED));
const test = await buildSplit('test', new Random(SEED + 1));
train.push(await buildClip('train-belt', byName('Dorrix'), 'fit', new Random(SEED + 2)));
test.push(await buildClip('test-belt', byName('Plimba'), 'scrap', new Random(SEED + 3)));
writeFileSync(join(OUT, 'train.json'), `${JSON.stringify(train, null, 1)}\n`);
writeFileSync(join(OUT, 'test.json'), `${JSON.stringify(test, null, 1)}\n`);
console.log(`${train.length} training and ${test.length} test samples in ${OUT}`);
