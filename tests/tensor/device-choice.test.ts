/** What `auto` means, on machines that are not at hand. */
import { describe, expect, it } from 'vitest';
import { LensmithError } from '../../src-main/base/errors.ts';
import { chooseDevice, deviceVariable } from '../../src-main/tensor/device-choice.ts';
import { graphicsDevice as device } from '../support/devices.ts';

const software = device({ name: 'llvmpipe', kind: 'software', isSoftware: true });
const neverAsked = (): never => {
  throw new Error('asked');
};

describe('auto', () => {
  it('is the best graphics device, and says of how many', () => {
    const best = device({ id: 'vulkan:2', isBest: true });
    expect(chooseDevice({}, () => [software, device({ id: 'vulkan:1' }), best])).toEqual({
      device: 'vulkan:2',
      reason: 'the best of 2 graphics devices',
      isWanted: false,
    });
    const alone = chooseDevice({}, () => [software, best]);
    expect(alone.reason).toBe('the graphics device of this machine');
  });

  it('is never a driver that computes on the CPU', () => {
    const choice = chooseDevice({}, () => [{ ...software, isBest: true }]);
    expect(choice).toMatchObject({ device: 'cpu', isWanted: false });
    expect(choice.reason).toContain('llvmpipe');
  });

  it('is the CPU beside a card that lacks something, and says what', () => {
    const old = device({ name: 'Old card', lacks: 'Vulkan 1.2' });
    const choice = chooseDevice({}, () => [old, { ...software, isBest: true }]);
    expect(choice).toMatchObject({ device: 'cpu', reason: 'Old card lacks Vulkan 1.2' });
  });

  it('is the CPU where Vulkan shows nothing or is not there', () => {
    const nothing = chooseDevice({}, () => []);
    expect(nothing).toMatchObject({ device: 'cpu', reason: 'Vulkan shows no graphics device' });
    const missing = chooseDevice({}, () => {
      throw new LensmithError('device/vulkan-missing', 'There is no loader.');
    });
    expect(missing).toMatchObject({ device: 'cpu', reason: 'There is no loader' });
  });

  it('passes over a card that computes wrong, and says so', () => {
    const best = device({ id: 'vulkan:0', name: 'Fast card', isBest: true });
    const small = device({
      id: 'vulkan:1',
      name: 'Small',
      kind: 'integrated',
      memoryBytes: 2 ** 30,
    });
    const middle = { ...small, id: 'vulkan:2', name: 'Middle', memoryBytes: 2 ** 31 };
    const asked: string[] = [];
    const wrong =
      (...names: string[]) =>
      ({ name }: { name: string }) => {
        asked.push(name);
        return names.includes(name) ? ({ kind: 'differs', what: 'matmul' } as const) : null;
      };
    const all = [software, small, best, middle];
    expect(chooseDevice({}, () => all, wrong('Fast card'))).toEqual({
      device: 'vulkan:2',
      reason: 'Fast card gives other numbers than the CPU (matmul)',
      isWanted: false,
    });
    // No more are asked than it takes, and none that only imitates a card.
    expect(asked).toEqual(['Fast card', 'Middle']);
    const none = chooseDevice({}, () => all, wrong('Fast card', 'Middle', 'Small'));
    expect(none.device).toBe('cpu');
    expect(none.reason).toContain('Small gives other numbers');
    // Who names a device gets it.
    const named = chooseDevice({ [deviceVariable]: 'vulkan' }, neverAsked, neverAsked);
    expect(named.device).toBe('vulkan');
  });

  it('is a card without its units for matrices where those are what is wrong', () => {
    const features = ['f16', 'cooperative matrices of bf16'];
    const card = device({ id: 'vulkan:1', name: 'Card', isBest: true, features });
    const asked: string[] = [];
    const wrongWith = (feature: RegExp) => (one: { id: string; features: readonly string[] }) => {
      asked.push(one.id);
      const isWrong = one.features.some((has) => feature.test(has));
      return isWrong ? ({ kind: 'ends', what: 'SIGSEGV' } as const) : null;
    };
    expect(chooseDevice({}, () => [card], wrongWith(/cooperative/))).toEqual({
      device: 'vulkan:1:plain',
      reason: 'Card ends the process that computes on it (SIGSEGV)',
      isWanted: false,
    });
    expect(asked).toEqual(['vulkan:1', 'vulkan:1:plain']);
    const none = chooseDevice({}, () => [card], wrongWith(/f16/));
    expect(none.device).toBe('cpu');
    expect(none.reason).toContain('Card without cooperative matrices ends the process');
    const without = { ...card, features: ['f16'] };
    asked.length = 0;
    expect(chooseDevice({}, () => [without], wrongWith(/f16/)).device).toBe('cpu');
    expect(asked).toEqual(['vulkan:1']);
  });

  it('is what the environment says, and nobody is asked then', () => {
    const choice = chooseDevice({ [deviceVariable]: 'vulkan:3' }, neverAsked);
    expect(choice).toMatchObject({ device: 'vulkan:3', isWanted: true });
    expect(() => chooseDevice({ [deviceVariable]: 'gpu' }, neverAsked)).toThrowError(
      expect.objectContaining({ code: 'device/unknown', got: 'gpu' }) as Error,
    );
    expect(chooseDevice({ [deviceVariable]: 'auto' }, () => []).device).toBe('cpu');
  });
});
