/** The device that a person chose in the settings is the one that answers and trains. */
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { GenerateInput } from '../../src-main/app/generate/generate-task.ts';
import { reasonForAbsence } from '../support/devices.ts';
import { fixtures } from '../support/fixture-case.ts';
import { fixtureRequest } from '../training/support.ts';
import { TestCore } from './conversations-support.ts';

const absence = reasonForAbsence('vulkan');
const loseAfter = 'LENSMITH_VULKAN_LOSE_AFTER';

const question: GenerateInput = {
  model: { dir: join(fixtures, 'llava15', 'checkpoint'), adapter: null },
  messages: [{ role: 'user', content: [{ type: 'text', text: 'What?' }] }],
  settings: { maxNewTokens: 2, greedy: true },
};

// A software driver on a busy machine takes its time.
describe('a chosen device', { timeout: 240_000 }, () => {
  afterEach(() => delete process.env[loseAfter]);

  test('answers, trains, and is told apart from one that is not there', async (context) => {
    context.skip(absence !== null, absence ?? '');
    const core = await TestCore.start();
    const { engine, training } = core.context.workers;
    const before = await core.call('settings.doctor', {});
    // As this test's own environment says.
    expect(before).toMatchObject({ engine: { name: 'cpu' }, automatic: { device: 'cpu' } });
    if ('error' in before.vulkan) throw new Error(before.vulkan.error.message);
    const [card] = before.vulkan;
    expect(card).toMatchObject({ id: 'vulkan:0', lacks: '' });

    await core.call('settings.write', { device: 'vulkan:0' });
    // Whether a model fits is a matter of the memory that it will lie in.
    const { memory } = await core.call('models.inspect', { dir: question.model.dir });
    expect(memory).toMatchObject({ device: card?.name, deviceBytes: card?.memoryBytes });
    await engine.run('generate', question);
    const [open] = await engine.run('openModels', {});
    expect(open?.device).toContain(card?.name);

    const request = { ...fixtureRequest('llava15', core.folder, 'lora'), maxSteps: 1 };
    const output = await training.run('train', { runId: 1, request });
    expect(output).toMatchObject({ kind: 'done', result: { step: 1 } });
    const facts = await training.run('doctor', { version: 'test', ffmpegPath: '' });
    expect(facts.engine).toMatchObject({ name: 'vulkan:0' });

    await core.call('settings.write', { device: 'vulkan:99' });
    const gone = await core.call('settings.doctor', {});
    expect(gone).toMatchObject({ healthy: false, engine: { error: { code: 'device/unknown' } } });
    await expect(engine.run('generate', question)).rejects.toMatchObject({
      code: 'device/unknown',
      got: 'vulkan:99',
    });
    await core.call('settings.write', { device: 'cpu' });
    await engine.run('generate', question);
  });

  test('that is lost takes its process along, and the next answer has a fresh one', async (context) => {
    context.skip(absence !== null, absence ?? '');
    const core = await TestCore.start();
    const { engine } = core.context.workers;
    await core.call('settings.write', { device: 'vulkan:0' });
    process.env[loseAfter] = '2';
    await expect(engine.run('generate', question)).rejects.toMatchObject({ code: 'device/lost' });
    expect(engine.pid).toBeNull();
    delete process.env[loseAfter];
    await expect(engine.run('generate', question)).resolves.toMatchObject({ newTokens: 2 });
  });
});
