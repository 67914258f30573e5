/**
 * A picture of samples for the eye, with their questions on the terminal.
 * Run: node scripts/starter/contact-sheet.ts OUT.png [train START | SET]
 */
import sharp from 'sharp';
import { EVAL_SETS, IMAGE_SIZE, StarterData, type EvalSetName, type Turn } from './data.ts';

const [out, what = 'train', start = '0'] = process.argv.slice(2);
if (!out) throw new Error('Usage: contact-sheet.ts OUT.png [train START | SET]');
const data = await StarterData.load();
const shown: { image: Uint8Array | null; turns: readonly Turn[] }[] = [];
if (EVAL_SETS.includes(what as EvalSetName)) {
  for (const item of data.evalSet(what as EvalSetName).slice(0, 48)) {
    shown.push({ image: item.image, turns: [item] });
  }
} else {
  for (let i = Number(start); i < Number(start) + 48; i++) shown.push(data.trainSample(i));
}
const columns = 8;
const cell = IMAGE_SIZE * 2 + 4;
const rows = Math.ceil(shown.length / columns);
const layers = [];
for (const [i, { image, turns }] of shown.entries()) {
  console.log(`${i}: ${turns.map((t) => `${t.question} ${t.answer}`).join(' | ')}`);
  if (!image) continue;
  const input = await sharp(image, { raw: { width: IMAGE_SIZE, height: IMAGE_SIZE, channels: 3 } })
    .resize(IMAGE_SIZE * 2)
    .png()
    .toBuffer();
  layers.push({ input, left: (i % columns) * cell, top: Math.floor(i / columns) * cell });
}
await sharp({
  create: { width: columns * cell, height: rows * cell, channels: 3, background: '#fff' },
})
  .composite(layers)
  .png()
  .toFile(out);
