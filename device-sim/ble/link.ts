// The link to one device, from `Connect` to its end. A connection is: the link, the reply, the services one by one, and
// only then `ServicesResolved`. Its end, whoever ended it, is ONE signal; services, values and subscriptions stay.

import type { AdapterSide } from './device.ts';
import { bluezError } from './error.ts';
import { BATTERY_SERVICE, type GattObjects } from './gatt-objects.ts';
import { BATTERY, DEVICE } from './introspection.ts';
import { typed } from './object-tree.ts';
import { type Firmware, longUuid, type Peripheral } from './peripheral.ts';
import type { Play } from './play.ts';
import type { Trouble } from './trouble.ts';
import { type Answer, DONE } from './wire.ts';

export type LinkState = 'idle' | 'connecting' | 'connected' | 'disconnecting';

export type Link = {
  readonly state: LinkState;
  readonly resolved: boolean;
  /** Unless the link ends before. */
  after(ms: number, then: () => void): void;
  /** One request and its answer over the air; rejects where the link ends before, waits for ever where the radio hangs. */
  exchange(): Promise<void>;
  /** Resolves after the time that pairing takes over the air, unless the link ends before. */
  pairingTime(): Promise<void>;
  connect(): Promise<Answer>;
  disconnect(): Promise<Answer>;
  lose(): void;
};

export type LinkParts = {
  readonly path: string;
  readonly adapter: AdapterSide;
  readonly peripheral: Peripheral;
  readonly trouble: Trouble;
  /** What lives on the link; made after it. */
  onIt(): { readonly gatt: GattObjects; readonly firmware: Firmware; readonly play: Play };
  audible(): boolean;
  /** False where we hold a bond that the device forgot. */
  encrypts(): boolean;
  connecting(): void;
  idle(): void;
  /** The link ended, or its attempt. */
  ended(): void;
};

export function createLink(parts: LinkParts): Link {
  const { path, adapter, trouble } = parts;
  const { tree, pacing } = adapter;
  let state: LinkState = 'idle';
  let resolved = false;
  /** Rises with every link that ends: what waited for an old one is dropped. */
  let epoch = 0;
  let giveUp: (() => void) | undefined;
  const timers = new Set<() => void>();
  let afterEnd: (() => void)[] = [];

  const hold = (start: (then: () => void) => () => void, then: () => void): void => {
    const cancel = start(() => {
      timers.delete(cancel);
      then();
    });
    timers.add(cancel);
  };
  const delay = (name: Parameters<typeof pacing.delay>[0], then: () => void, share?: number): void =>
    hold((fire) => pacing.delay(name, fire, share), then);

  const end = (): void => {
    const was = state;
    epoch++;
    state = 'idle';
    resolved = false;
    for (const cancel of timers) cancel();
    timers.clear();
    giveUp?.();
    giveUp = undefined;
    parts.ended();
    if (was === 'connected' || was === 'disconnecting') {
      parts.onIt().play.stop();
      const waiting = afterEnd;
      afterEnd = [];
      for (const reply of waiting) reply();
      tree.change(path, DEVICE, { ServicesResolved: typed('b', false), Connected: typed('b', false) });
    }
    parts.idle();
  };
  const lose = (): void => {
    if (state !== 'idle') end();
  };

  const finish = (): void => {
    const { gatt, firmware, play } = parts.onIt();
    resolved = true;
    const battery = firmware.services.find(({ uuid }) => uuid.toUpperCase() === BATTERY_SERVICE);
    const level = battery?.characteristics[0]?.read?.()[0];
    // bluetoothd takes no level over 100.
    if (level !== undefined && level <= 100) {
      const properties = { Percentage: typed('y', level), Source: typed('s', 'GATT Battery Service') };
      if (tree.get(path, BATTERY, 'Percentage') === undefined) tree.add(path, { [BATTERY]: properties });
      else tree.change(path, BATTERY, { Percentage: properties.Percentage });
    }
    const uuids = [...new Set([...parts.peripheral.advertised.map(longUuid), ...gatt.uuids])];
    if (String(tree.get(path, DEVICE, 'UUIDs')) !== String(uuids)) {
      tree.change(path, DEVICE, { UUIDs: typed('as', uuids) });
    }
    tree.change(path, DEVICE, { ServicesResolved: typed('b', true) });
    play.start();
    for (const characteristic of gatt.listening()) firmware.subscribed?.(characteristic);
  };

  const breaksNow = (): boolean => {
    if (trouble.losesLinkInDiscovery <= 0) return false;
    trouble.losesLinkInDiscovery--;
    lose();
    return true;
  };
  const discover = (): void => {
    const steps = parts.onIt().gatt.missing();
    if (steps.length === 0) {
      delay('resolveMs', () => breaksNow() || finish());
      return;
    }
    const share = 1 / (steps.length + 1);
    const next = (i: number): void => {
      if (i === 1 && breaksNow()) return;
      const step = steps[i];
      if (step === undefined) {
        finish();
        return;
      }
      step();
      delay('discoverMs', () => next(i + 1), share);
    };
    delay('discoverMs', () => next(0), share);
  };

  const comeUp = (audible: boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      const refuse = (): void => {
        giveUp = undefined;
        if (state === 'connecting') state = 'idle';
        parts.idle();
        reject(bluezError('Failed', 'le-connection-abort-by-local'));
      };
      giveUp = () => reject(bluezError('Failed', 'le-connection-abort-by-local'));
      if (adapter.full()) delay('connectMs', refuse);
      else if (audible) delay('connectMs', resolve);
      else delay('absentMs', refuse);
    });

  return {
    get state() {
      return state;
    },
    get resolved() {
      return resolved;
    },
    after: (ms, then) =>
      hold(
        (fire) => pacing.after(ms, fire),
        () => {
          if (state === 'connected') then();
        },
      ),
    exchange: () =>
      new Promise((resolve, reject) => {
        if (adapter.hung()) return;
        const began = epoch;
        pacing.delay('attMs', () =>
          began === epoch ? resolve() : reject(bluezError('Failed', 'Not connected')),
        );
      }),
    pairingTime: () => new Promise((resolve) => delay('pairMs', resolve)),
    connect: async () => {
      if (!adapter.powered()) throw bluezError('NotReady');
      if (state === 'connected') return DONE;
      if (state !== 'idle') throw bluezError('InProgress');
      const audible = parts.audible();
      parts.connecting();
      state = 'connecting';
      await comeUp(audible);
      giveUp = undefined;
      state = 'connected';
      const isNew = parts.onIt().gatt.missing().length > 0;
      const connected = typed('b', true);
      if (!isNew || adapter.tellsFirstConnect) tree.change(path, DEVICE, { Connected: connected });
      else tree.keep(path, DEVICE, 'Connected', connected);
      if (!parts.encrypts()) {
        // The peer has no key any more: encryption fails, the link ends, and Paired stays true.
        lose();
        throw bluezError('AuthenticationFailed');
      }
      discover();
      return DONE;
    },
    disconnect: () => {
      if (state === 'connecting') {
        end();
        return Promise.resolve(DONE);
      }
      if (state === 'idle') throw bluezError('NotConnected');
      if (state === 'connected') {
        // The device falls silent when it is told; the word about it comes when the link is really down.
        state = 'disconnecting';
        parts.onIt().play.stop();
        delay('disconnectMs', lose);
      }
      return new Promise((resolve) => {
        afterEnd.push(() => resolve(DONE));
      });
    },
    lose,
  };
}
