import { describe, expect, it } from 'vitest';
import { bondTrouble } from './bond.ts';
import { BusFault } from './bus-fault.ts';

const fault = (name: string, text = ''): BusFault => new BusFault('remote', text, `org.bluez.Error.${name}`);

describe('what a fault says of a bond', () => {
  it.each([
    ['AuthenticationFailed', '', true, 'stale-bond'],
    ['AuthenticationFailed', '', false, 'wants-pairing'],
    ['NotAuthorized', '', false, 'wants-pairing'],
    ['NotPermitted', '', true, 'stale-bond'],
    ['Failed', 'Operation failed with ATT error: 0x05 (Insufficient authentication)', false, 'wants-pairing'],
    ['Failed', 'le-connection-abort-by-local', true, 'none'],
    ['AuthenticationCanceled', '', true, 'pairing-refused'],
    ['AuthenticationRejected', '', false, 'pairing-refused'],
    ['InProgress', '', true, 'none'],
  ] as const)('%s %s, Paired %s: %s', (name, text, paired, trouble) => {
    expect(bondTrouble(fault(name, text), paired)).toBe(trouble);
  });

  it('a call without an answer and a lost link say nothing', () => {
    expect(bondTrouble(new BusFault('timeout', ''), true)).toBe('none');
    expect(bondTrouble(new Error('other'), true)).toBe('none');
  });
});
