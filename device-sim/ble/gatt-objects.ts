// A device's services on the bus: objects, reads, writes and notifications. The objects are added once and stay when the
// link is lost, and so do the clients' subscriptions: BlueZ arms them again by itself at the next connection.

import { AttError, attToBluez, bluezError } from './error.ts';
import { CHARACTERISTIC, DESCRIPTOR, SERVICE } from './introspection.ts';
import { type ObjectTree, typed, unknownMethod } from './object-tree.ts';
import { type Characteristic, longUuid, type Service } from './peripheral.ts';
import type { Truth, TruthKeeper } from './truth.ts';
import { type ValueSignal, valueSignal } from './value-signal.ts';
import { type Answer, type Call, DONE, type Wire } from './wire.ts';

/** Services that bluetoothd keeps to itself: generic access and attribute, and before 5.80 by plugin the battery. */
const ALWAYS_CLAIMED = ['1800', '1801'];
export const BATTERY_SERVICE = '180F';
/** The largest ATT value of one notification is 3 octets less. */
const MTU = 247;

export type GattObjects = {
  /** One step for each service that is not on the bus yet, in order. */
  missing(): readonly (() => void)[];
  /** The UUIDs of all services, also the claimed ones. */
  readonly uuids: readonly string[];
  say(characteristic: Characteristic, value: Uint8Array): boolean;
  /** Characteristics that somebody listens to. */
  listening(): readonly Characteristic[];
  /** Answers a call to one of our paths; undefined where none is ours. */
  answer(call: Call): Promise<Answer> | undefined;
  clientGone(client: string): void;
  /** The objects are gone, with all subscriptions. */
  forget(): void;
};

export type GattHost = {
  readonly id: string;
  readonly path: string;
  readonly tree: ObjectTree;
  readonly truth: Truth & TruthKeeper;
  wire(): Wire | undefined;
  now(): number;
  linkUp(): boolean;
  bonded(): boolean;
  /** The radio passes nothing on. */
  muted(): boolean;
  /** Pairs for a client that touched something secured; undefined where it must ask for it by `Pair`. */
  readonly pairOnDemand: ((client: string) => Promise<void>) | undefined;
  /** Waits for one exchange over the air; rejects where the link ends before. */
  exchange(): Promise<void>;
  /** The device hears of a new subscription. */
  subscribed(characteristic: Characteristic): void;
};

type Held = {
  readonly characteristic: Characteristic;
  readonly path: string;
  readonly uuid: string;
  readonly signal: ValueSignal;
  readonly clients: Set<string>;
};

export function createGattObjects(
  services: readonly Service[],
  exportsBattery: boolean,
  host: GattHost,
): GattObjects {
  const claimed = exportsBattery ? ALWAYS_CLAIMED : [...ALWAYS_CLAIMED, BATTERY_SERVICE];
  const held = new Map<Characteristic, Held>();
  const byPath = new Map<string, Held>();
  const descriptors = new Map<string, Held>();
  const steps: { readonly path: string; readonly add: () => void }[] = [];
  const hex = (handle: number): string => handle.toString(16).padStart(4, '0');

  let handle = 1;
  for (const service of services) {
    const servicePath = `${host.path}/service${hex(handle)}`;
    const serviceHandle = handle++;
    const laid = service.characteristics.map((characteristic) => {
      const path = `${servicePath}/char${hex(handle)}`;
      const own: Held = {
        characteristic,
        path,
        uuid: longUuid(characteristic.uuid),
        signal: valueSignal(path),
        clients: new Set(),
      };
      const charHandle = handle;
      handle += 2;
      const notifies = canNotify(characteristic);
      return { own, charHandle, descriptorHandle: notifies ? handle++ : undefined };
    });
    if (claimed.includes(service.uuid.toUpperCase())) continue;
    for (const { own, descriptorHandle } of laid) {
      held.set(own.characteristic, own);
      byPath.set(own.path, own);
      if (descriptorHandle !== undefined) descriptors.set(`${own.path}/desc${hex(descriptorHandle)}`, own);
    }
    const add = (): void => {
      host.tree.add(servicePath, {
        [SERVICE]: {
          Handle: typed('q', serviceHandle),
          UUID: typed('s', longUuid(service.uuid)),
          Device: typed('o', host.path),
          Primary: typed('b', true),
          Includes: typed('ao', []),
        },
      });
      for (const { own, charHandle, descriptorHandle } of laid) {
        const notifies = descriptorHandle !== undefined;
        host.tree.add(own.path, {
          [CHARACTERISTIC]: {
            Handle: typed('q', charHandle),
            UUID: typed('s', own.uuid),
            Service: typed('o', servicePath),
            Value: typed('ay', Buffer.alloc(0)),
            Flags: typed('as', own.characteristic.flags),
            MTU: typed('q', MTU),
            ...(notifies && { Notifying: typed('b', false) }),
          },
        });
        if (!notifies) continue;
        host.tree.add(`${own.path}/desc${hex(descriptorHandle)}`, {
          [DESCRIPTOR]: {
            Handle: typed('q', descriptorHandle),
            UUID: typed('s', longUuid('2902')),
            Characteristic: typed('o', own.path),
            Value: typed('ay', Buffer.alloc(0)),
          },
        });
      }
    };
    steps.push({ path: servicePath, add });
  }

  const emit = (own: Held, value: Uint8Array, copies: number, by: 'device' | 'read'): void => {
    const wire = host.wire();
    if (wire === undefined) return;
    host.tree.keep(own.path, CHARACTERISTIC, 'Value', typed('ay', Buffer.from(value)));
    for (let copy = 0; copy < copies; copy++) wire.notify(own.signal, value);
    const { uuid, path } = own;
    host.truth.note({ device: host.id, uuid, path, value, copies, by, atMs: host.now() });
  };

  // A link, and a bond where the value is secured.
  const allowed = async (own: Held, access: 'read' | 'write', client: string): Promise<void> => {
    if (!host.linkUp()) throw bluezError('Failed', 'Not connected');
    if (!own.characteristic.secured || host.bonded()) return;
    await host.pairOnDemand?.(client).catch(() => undefined);
    if (!host.bonded()) throw attToBluez(new AttError(0x05), access);
  };

  const over = async <T>(access: 'read' | 'write', exchange: () => T): Promise<T> => {
    await host.exchange();
    try {
      return exchange();
    } catch (error) {
      throw error instanceof AttError ? attToBluez(error, access) : error;
    }
  };

  const read = async (own: Held, call: Call): Promise<Answer> => {
    await allowed(own, 'read', call.sender);
    const { read: readOut } = own.characteristic;
    const value = await over('read', () => {
      if (!own.characteristic.flags.includes('read') || readOut === undefined) throw new AttError(0x02);
      const whole = readOut();
      const offset = optionOf(call.body[0], 'offset') ?? 0;
      if (typeof offset !== 'number' || offset > whole.length) throw new AttError(0x07);
      return whole.subarray(offset);
    });
    // Real bluetoothd tells its own read as a change of Value, to everybody and before the reply.
    emit(own, value, 1, 'read');
    return { signature: 'ay', body: [Buffer.from(value)] };
  };

  const write = async (own: Held, call: Call): Promise<Answer> => {
    await allowed(own, 'write', call.sender);
    const [bytes] = call.body;
    const { flags, write: writeIn } = own.characteristic;
    const type = optionOf(call.body[1], 'type') ?? (flags.includes('write') ? 'request' : 'command');
    const wanted = type === 'command' ? 'write-without-response' : 'write';
    // "reliable" makes prepared writes, which none of these devices knows.
    if (type === 'reliable' || !flags.includes(wanted)) throw bluezError('NotSupported');
    if (!(bytes instanceof Uint8Array)) throw bluezError('InvalidArguments');
    const value = Uint8Array.from(bytes);
    if (type === 'command') {
      void host
        .exchange()
        .then(() => writeIn?.(value))
        .catch(() => undefined);
      return DONE;
    }
    await over('write', () => writeIn?.(value));
    return DONE;
  };

  const startNotify = async (own: Held, client: string): Promise<Answer> => {
    if (!canNotify(own.characteristic)) throw bluezError('NotSupported');
    if (own.clients.has(client)) return DONE;
    // While nobody is connected this is a success too: it is armed at the next connection.
    if (host.linkUp()) {
      await allowed(own, 'read', client);
      await host.exchange();
    }
    const first = own.clients.size === 0;
    own.clients.add(client);
    if (first) host.tree.change(own.path, CHARACTERISTIC, { Notifying: typed('b', true) });
    if (first && host.linkUp()) host.subscribed(own.characteristic);
    return DONE;
  };

  const stopNotify = (own: Held, client: string): Answer => {
    if (!own.clients.delete(client)) throw bluezError('Failed', 'No notify session started');
    if (own.clients.size === 0) host.tree.change(own.path, CHARACTERISTIC, { Notifying: typed('b', false) });
    return DONE;
  };

  const ofCharacteristic = async (own: Held, call: Call): Promise<Answer> => {
    switch (call.member) {
      case 'ReadValue':
        return read(own, call);
      case 'WriteValue':
        return write(own, call);
      case 'StartNotify':
        return startNotify(own, call.sender);
      case 'StopNotify':
        return stopNotify(own, call.sender);
      default:
        throw unknownMethod(call);
    }
  };

  const ofDescriptor = async (own: Held, call: Call): Promise<Answer> => {
    if (call.member === 'WriteValue') throw bluezError('NotPermitted', 'Write not permitted');
    if (call.member !== 'ReadValue') throw unknownMethod(call);
    await allowed(own, 'read', call.sender);
    await host.exchange();
    const armed = own.clients.size === 0 ? 0 : own.characteristic.flags.includes('notify') ? 1 : 2;
    return { signature: 'ay', body: [Buffer.of(armed, 0)] };
  };

  return {
    uuids: services.map(({ uuid }) => longUuid(uuid)),
    missing: () => steps.filter(({ path }) => !host.tree.has(path)).map(({ add }) => add),
    say: (characteristic, value) => {
      const own = held.get(characteristic);
      if (own === undefined || own.clients.size === 0 || !host.linkUp() || host.muted()) return false;
      if (characteristic.secured && !host.bonded()) return false;
      emit(own, value, own.clients.size, 'device');
      return true;
    },
    listening: () =>
      [...held.values()].filter((own) => own.clients.size > 0).map((own) => own.characteristic),
    answer: (call) => {
      if (!host.tree.has(call.path)) return undefined;
      const characteristic = byPath.get(call.path);
      if (characteristic !== undefined && call.interface === CHARACTERISTIC) {
        return ofCharacteristic(characteristic, call);
      }
      const descriptor = descriptors.get(call.path);
      if (descriptor !== undefined && call.interface === DESCRIPTOR) return ofDescriptor(descriptor, call);
      return undefined;
    },
    clientGone: (client) => {
      for (const own of held.values()) if (own.clients.has(client)) stopNotify(own, client);
    },
    forget: () => {
      for (const own of held.values()) own.clients.clear();
    },
  };
}

function canNotify(characteristic: Characteristic): boolean {
  return characteristic.flags.includes('notify') || characteristic.flags.includes('indicate');
}

function optionOf(options: unknown, name: string): unknown {
  const found = (options as Readonly<Record<string, { readonly value: unknown } | undefined>> | undefined)?.[
    name
  ];
  return found?.value;
}
