import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHANNELS, DEVICE_ID, isDeviceId, parseTopic, topicOf } from './topic.ts';

describe('topics', () => {
  it('gives back what topicOf was given', () => {
    fc.assert(
      fc.property(fc.stringMatching(DEVICE_ID), fc.constantFrom(...CHANNELS), (deviceId, channel) => {
        expect(parseTopic(topicOf(deviceId, channel))).toEqual({ deviceId, channel });
      }),
    );
  });

  it('is spelled as the specification says', () => {
    expect(topicOf('chest-strap-1', 'readings')).toBe('heartwood/v1/chest-strap-1/readings');
  });

  it.each([
    '',
    'heartwood/v1/chest-strap-1',
    'heartwood/v1/chest-strap-1/',
    'heartwood/v1/chest-strap-1/other',
    'heartwood/v1/chest-strap-1/readings/',
    'heartwood/v1/chest-strap-1/readings/x',
    'heartwood/v1//readings',
    'heartwood/v1/+/readings',
    'heartwood/v1/#',
    'heartwood/v2/chest-strap-1/readings',
    '/heartwood/v1/chest-strap-1/readings',
    'heartwood/v1/Chest-Strap/readings',
    'heartwood/v1/chest-strap-1/READINGS',
    'heartwood/v1/chest-strap-1/readings\n',
    '$share/g/heartwood/v1/chest-strap-1/readings',
  ])('knows no topic %j', (topic) => {
    expect(parseTopic(topic)).toBeUndefined();
  });

  it('bounds a device id', () => {
    expect(isDeviceId('abc')).toBe(true);
    expect(isDeviceId('a'.repeat(63))).toBe(true);
    for (const id of ['ab', 'a'.repeat(64), '-abc', 'a_bc', 'abc\n', 'äbc'])
      expect(isDeviceId(id)).toBe(false);
  });
});
