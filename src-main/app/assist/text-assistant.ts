/** Reads the text in a picture: each line a turned box with its words. */
import { readFile } from 'node:fs/promises';
import { throwIfCancelled } from '../../base/errors.ts';
import type { OpenAssistant, Suggestion } from './assistant.ts';
import { OnnxModel } from './onnx-model.ts';
import { detectText } from './text-detection.ts';
import { readText } from './text-recognition.ts';

/** What the recognition is less sure of is mostly no text. */
const lowestScore = 0.5;

/** @param files detection, recognition, and the list of characters, one a line */
export async function openTextAssistant(files: readonly string[]): Promise<OpenAssistant> {
  const [detectionPath = '', recognitionPath = '', charactersPath = ''] = files;
  const characters = (await readFile(charactersPath, 'utf8')).replace(/\r?\n$/, '').split(/\r?\n/);
  const detection = await OnnxModel.open(detectionPath);
  const recognition = await OnnxModel.open(recognitionPath);
  return {
    async suggest(image, _prompts, signal) {
      const suggestions: Suggestion[] = [];
      for (const box of await detectText(detection, image)) {
        throwIfCancelled(signal, 'Reading the text');
        const { text, score } = await readText(recognition, characters, image, box);
        if (text === '' || score < lowestScore) continue;
        const { centerX, centerY, width, height, angleDegrees } = box;
        const turned = { centerX, centerY, width, height, angleDegrees };
        suggestions.push({
          geometry: { kind: 'rotated-box', ...turned },
          score,
          text,
          labelName: null,
        });
      }
      return suggestions;
    },
    async close() {
      await detection.close();
      await recognition.close();
    },
  };
}
