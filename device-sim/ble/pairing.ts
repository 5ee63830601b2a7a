// Pairing as bluetoothd plays it with a person at either end. The device's screen and keys are simulated: it shows the
// right digits, and its person types what the hub shows, unless a test says otherwise.

import type { Random } from '../random.ts';
import type { Agent } from './agent.ts';
import type { Pacing } from './delay.ts';
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

export type PairingParts = {
  readonly path: string;
  readonly kind: Pairing;
  readonly pacing: Pacing;
  readonly person: PersonAtDevice;
  readonly random: Random;
  /** Whether the device takes a bond at this moment. */
  bondable(): boolean;
  /** The device shows these digits. */
  readonly onPasskey: (passkey: number) => void;
};

export type PairingDesk = {
  readonly busy: boolean;
  /** One pairing over a link that is up; rejects with BlueZ's error where it fails. */
  pair(agent: Agent | undefined, overTheAir: Promise<void>): Promise<void>;
  /** Ends the one under way, if any: it has been canceled. */
  cancel(): void;
};

export function createPairingDesk(parts: PairingParts): PairingDesk {
  const { path, kind, pacing, person, random, onPasskey } = parts;
  let underWay: ((error: Error) => void) | undefined;
  return {
    get busy() {
      return underWay !== undefined;
    },
    pair: async (agent, overTheAir) => {
      let stop: (error: Error) => void = () => undefined;
      const stopped = new Promise<never>((_, reject) => {
        stop = (error) => {
          agent?.cancel();
          reject(error);
        };
      });
      stopped.catch(() => undefined);
      underWay = stop;
      const waitForAgent = async <T>(question: Promise<T>): Promise<T> => {
        question.catch(() => undefined);
        const late = pacing.delay('agentMs', () => stop(bluezError('AuthenticationTimeout')));
        try {
          return await Promise.race([question, stopped]);
        } finally {
          late();
        }
      };
      try {
        await Promise.race([overTheAir, stopped]);
        if (!parts.bondable()) throw bluezError('AuthenticationFailed');
        await pairWith(kind, path, agent, person, random, waitForAgent, onPasskey);
      } finally {
        if (underWay === stop) underWay = undefined;
      }
    },
    cancel: () => underWay?.(bluezError('AuthenticationCanceled')),
  };
}

/**
 * Goes through one pairing; rejects with BlueZ's error where it fails.
 * The question to the agent is answered within BlueZ's own limit, or the pairing has timed out.
 */
async function pairWith(
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
