import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { didYouMean, distance, nearest } from './near-miss.ts';

describe('near miss', () => {
  it('counts a letter put in, taken out, changed, or swapped with its neighbour as one', () => {
    expect(distance('port', 'ports')).toBe(1);
    expect(distance('port', 'por')).toBe(1);
    expect(distance('port', 'pört')).toBe(1);
    expect(distance('prot', 'port')).toBe(1);
    expect(distance('', 'port')).toBe(4);
    expect(distance('kitten', 'sitting')).toBe(3);
  });

  it('is the same both ways, and nothing only for the same word', () => {
    const word = fc.string({ maxLength: 8 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(distance(a, b)).toBe(distance(b, a));
        expect(distance(a, b) === 0).toBe(a === b);
      }),
    );
  });

  it('finds the nearest word, whatever its case and dashes', () => {
    const words = ['mqtt-port', 'mqtt-host', 'http-port'];
    expect(nearest('mqtt-prot', words)).toBe('mqtt-port');
    expect(nearest('mqttPort', words)).toBe('mqtt-port');
    expect(nearest('HTTP_PORT', words)).toBe('http-port');
  });

  it('keeps silent where nothing is near', () => {
    expect(nearest('colour', ['mqtt-port', 'data'])).toBeUndefined();
    expect(nearest('', ['a'])).toBeUndefined();
    expect(didYouMean('colour', ['data'], (word) => word)).toBe('');
  });
});
