// The agent: BlueZ asks it whenever a device wants to bond. It knows no person; it asks a desk, which a page or a
// terminal stands behind. Devices that nobody enrolled are refused unasked, and so are those with which no pairing is
// wanted now: an address can be imitated, and whoever does so is not to bond, nor to fill a page with questions.
//
// It is the agent of the whole machine, for BlueZ pairs by itself where a device wants it. Services that are none of
// health it authorizes for nobody: a strap that says it is a keyboard is none.

import type { BluezBus, BusSignal } from './bus.ts';
import { BusFault } from './bus-fault.ts';
import { longUuid } from './objects.ts';
import { HEALTH_SERVICES } from './profile.ts';

/** What a person is asked, or shown. */
export type PairingQuestion =
  /** Type these six digits at the device. No answer is needed. */
  | { readonly kind: 'show-passkey'; readonly device: string; readonly passkey: string }
  /** Does the device show these six digits? */
  | { readonly kind: 'confirm-passkey'; readonly device: string; readonly passkey: string }
  /** Which six digits does the device show? */
  | { readonly kind: 'enter-passkey'; readonly device: string }
  /** The device no longer knows the bond that we have: may it be made anew? */
  | { readonly kind: 'renew-bond'; readonly device: string };
export type PairingAnswer = boolean | string;

export type PairingDesk = {
  /**
   * Asks a person. `false` refuses, `true` agrees, a text is the digits that were typed. What is only shown needs no
   * answer. Aborts when the question has settled itself.
   */
  ask(question: PairingQuestion, gone: AbortSignal): Promise<PairingAnswer>;
};

export const AGENT_PATH = '/org/heartwood/agent';
const AGENT = 'org.bluez.Agent1';
const MANAGER = { path: '/org/bluez', iface: 'org.bluez.AgentManager1' } as const;
const REJECTED = 'org.bluez.Error.Rejected';
const HEALTH: ReadonlySet<string> = new Set([...HEALTH_SERVICES.keys()].map(longUuid));

/** An enrolled device, for the agent. */
export type Asker = {
  readonly id: string;
  /** A bond with it is wanted now: it is being made, or is missing while the device is connected. */
  readonly pairs: boolean;
};

/** A desk at which nobody sits: just works is agreed to, for the device was enrolled; anything else is refused. */
export const NOBODY: PairingDesk = { ask: () => Promise.resolve(false) };

export class PairingAgent {
  readonly #desk: PairingDesk;
  readonly #enrolled: (path: string) => Asker | undefined;
  /** What ends the last question of each device. */
  readonly #asking = new Map<string, AbortController>();

  /** @param enrolled the enrolled device at an object path */
  constructor(desk: PairingDesk, enrolled: (path: string) => Asker | undefined) {
    this.#desk = desk;
    this.#enrolled = enrolled;
  }

  /** Makes it the agent of this bus. @throws BusFault */
  async register(bus: BluezBus): Promise<void> {
    const call = (member: string, signature: string, body: readonly unknown[]): Promise<unknown> =>
      bus.call({ ...MANAGER, member, signature, body });
    await call('RegisterAgent', 'os', [AGENT_PATH, 'KeyboardDisplay']);
    await call('RequestDefaultAgent', 'o', [AGENT_PATH]);
  }

  /** Answers BlueZ; undefined where the call is none of the agent's. */
  called({ path, iface, member, body }: BusSignal): Promise<number | string | undefined> | undefined {
    if (path !== AGENT_PATH || iface !== AGENT) return undefined;
    if (member === 'Cancel' || member === 'Release') {
      // BlueZ does not say which: it asks one at a time.
      for (const asking of this.#asking.values()) asking.abort();
      this.#asking.clear();
      return Promise.resolve(undefined);
    }
    const device = this.#enrolled(String(body[0]));
    if (device === undefined) return Promise.reject(refusal('this device is not enrolled'));
    if (member === 'AuthorizeService')
      return HEALTH.has(String(body[1]).toLowerCase())
        ? Promise.resolve(undefined)
        : Promise.reject(refusal('this is no service of health'));
    if (!device.pairs) return Promise.reject(refusal('no pairing is wanted now'));
    this.#asking.get(device.id)?.abort();
    const asking = new AbortController();
    this.#asking.set(device.id, asking);
    return this.#answer(device.id, member, body[1], asking.signal);
  }

  async #answer(
    device: string,
    member: string,
    said: unknown,
    gone: AbortSignal,
  ): Promise<number | string | undefined> {
    switch (member) {
      // Just works: the person who enrolled the device has agreed to it.
      case 'RequestAuthorization':
        return undefined;
      case 'DisplayPasskey':
      case 'DisplayPinCode':
        // BlueZ waits for the answer; the person types at the device meanwhile.
        void this.#desk.ask({ kind: 'show-passkey', device, passkey: digits(said) }, gone);
        return undefined;
      case 'RequestConfirmation': {
        const same = await this.#desk.ask({ kind: 'confirm-passkey', device, passkey: digits(said) }, gone);
        if (same !== true) throw refusal('the digits differ');
        return undefined;
      }
      case 'RequestPasskey':
      case 'RequestPinCode': {
        const typed = await this.#desk.ask({ kind: 'enter-passkey', device }, gone);
        if (typeof typed !== 'string' || !/^\d{1,6}$/.test(typed)) throw refusal('no digits were typed');
        return member === 'RequestPinCode' ? typed : Number(typed);
      }
      default:
        throw refusal(`${member} is not known`);
    }
  }
}

const digits = (said: unknown): string =>
  typeof said === 'number' ? String(said).padStart(6, '0') : String(said);
const refusal = (why: string): BusFault => new BusFault('remote', why, REJECTED);
