// Pairing as bluetoothd plays it with a person at either end. The device's screen and keys are simulated: it shows the
// right digits, and its person types what the hub shows, unless a test says otherwise.

import type { Random } from '../random.ts';
import type { Agent } from './agent.ts';
import { bluezError } from './error.ts';
import type { Pairing } from './peripheral.ts';

/** The person at the device, for tests. */
export type PersonAtDevice = {
  /** What the device shows, or what its person types: six digits as a number; undefined: the right ones. */
  passkey: number | undefined;
  /** Says yes where both show digits. */
  accepts: boolean;
  /** The digits of the pairing under way, or of the last one: what the device shows, or what the hub should. */
  shows: number | undefined;
};

/**
 * Goes through one pairing; rejects with BlueZ's error where it fails.
 * The question to the agent is answered within BlueZ's own limit, or the pairing has timed out.
 */
export async function pairWith(
  kind: Pairing,
  path: string,
  agent: Agent | undefined,
  person: PersonAtDevice,
  random: Random,
  waitForAgent: <T>(question: Promise<T>) => Promise<T>,
  onPasskey: (passkey: number) => void,
): Promise<void> {
  const passkey = random.below(1_000_000);
  person.shows = person.passkey ?? passkey;
  if (kind === 'passkey-display' || kind === 'numeric-comparison') onPasskey(person.shows);
  switch (kind) {
    case 'none':
      // Pairing Not Supported, over the air.
      throw bluezError('AuthenticationFailed');
    case 'just-works':
      return;
    case 'passkey-display': {
      if (agent === undefined || !canType(agent)) throw bluezError('AuthenticationFailed');
      const [typed] = await waitForAgent(agent.ask('RequestPasskey', 'o', [path]));
      if (typed !== (person.passkey ?? passkey)) throw bluezError('AuthenticationFailed');
      return;
    }
    case 'passkey-entry': {
      if (agent === undefined || !canShow(agent)) throw bluezError('AuthenticationFailed');
      // Told once at the start and again for each key that is typed at the device.
      for (let entered = 0; entered <= 6; entered++) {
        await waitForAgent(agent.ask('DisplayPasskey', 'ouq', [path, passkey, entered]));
      }
      if ((person.passkey ?? passkey) !== passkey) throw bluezError('AuthenticationFailed');
      return;
    }
    case 'numeric-comparison': {
      if (agent === undefined || !canShow(agent) || agent.capability === 'DisplayOnly') {
        throw bluezError('AuthenticationFailed');
      }
      await waitForAgent(agent.ask('RequestConfirmation', 'ou', [path, passkey]));
      if (!person.accepts) throw bluezError('AuthenticationFailed');
    }
  }
}

const canType = ({ capability }: Agent): boolean =>
  capability === 'KeyboardOnly' || capability === 'KeyboardDisplay';
const canShow = ({ capability }: Agent): boolean =>
  capability !== 'NoInputNoOutput' && capability !== 'KeyboardOnly';
