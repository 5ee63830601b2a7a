// A client of the simulated BlueZ for the tests: plain dbus-next, one watcher for all signals, every one of them kept in
// the order in which they came.

import { DBusError, Message, type MessageBus, sessionBus, Variant } from 'dbus-next';
import type { Bluez } from './bluez.ts';
import { AGENT, AGENT_MANAGER, CHARACTERISTIC, DEVICE, OBJECT_MANAGER, PROPERTIES } from './introspection.ts';
import { longUuid } from './peripheral.ts';
import { ignoreErrors } from './wire.ts';

export type Seen = {
  readonly path: string;
  readonly member: string;
  readonly sender: string;
  readonly body: readonly unknown[];
};
type Plain = Readonly<Record<string, unknown>>;
type Objects = Readonly<Record<string, Readonly<Record<string, Plain>>>>;

export type TestClient = {
  readonly bus: MessageBus;
  readonly signals: readonly Seen[];
  call(path: string, iface: string, member: string, signature?: string, body?: unknown[]): Promise<unknown>;
  /** The error's name without `org.bluez.Error.`, and its text; 'no error' where there was none. */
  refusal(path: string, iface: string, member: string, signature?: string, body?: unknown[]): Promise<string>;
  get(path: string, iface: string, name: string): Promise<unknown>;
  set(path: string, iface: string, name: string, value: Variant): Promise<void>;
  objects(): Promise<Objects>;
  /** All PropertiesChanged of one interface at `path`, their variants unwrapped. */
  changes(
    path: string,
    iface: string,
  ): readonly { readonly changed: Plain; readonly gone: readonly string[] }[];
  /** The values that characteristic said. */
  values(path: string): readonly Uint8Array[];
  /** Path of the characteristic with this UUID. */
  characteristic(device: string, uuid: string): Promise<string>;
  discover(): Promise<void>;
  /** Discovers, connects, and waits until the services are resolved. */
  connect(device: string): Promise<void>;
  /** Registers an agent that answers with what `answers` gives for each method, and makes it the default one. */
  agent(
    capability: string,
    answers: (member: string, body: readonly unknown[]) => unknown,
  ): Promise<readonly string[]>;
  close(): void;
};

/** A connection of its own; many may be open. */
export async function openTestClient(bluez: Bluez): Promise<TestClient> {
  const bus = sessionBus({ busAddress: bluez.address });
  ignoreErrors(bus);
  const signals: Seen[] = [];
  bus.on('message', ({ type, path, member, sender, body }) => {
    if (type === 4) signals.push({ path, member, sender, body });
  });
  const raw = async (
    destination: string,
    path: string,
    iface: string,
    member: string,
    signature: string,
    body: unknown[],
  ) => {
    const reply = await bus.call(
      new Message({ destination, path, interface: iface, member, signature, body }),
    );
    return reply?.body[0];
  };
  await raw('org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus', 'AddMatch', 's', [
    "type='signal',sender='org.bluez'",
  ]);
  const client: TestClient = {
    bus,
    signals,
    call: (path, iface, member, signature = '', body = []) =>
      raw('org.bluez', path, iface, member, signature, body),
    refusal: async (path, iface, member, signature = '', body = []) => {
      try {
        await raw('org.bluez', path, iface, member, signature, body);
        return 'no error';
      } catch (error) {
        if (!(error instanceof DBusError)) throw error;
        return `${error.type.replace('org.bluez.Error.', '')}: ${error.text}`;
      }
    },
    get: async (path, iface, name) => {
      const value = await client.call(path, PROPERTIES, 'Get', 'ss', [iface, name]);
      return (value as Variant).value;
    },
    set: async (path, iface, name, value) => {
      await client.call(path, PROPERTIES, 'Set', 'ssv', [iface, name, value]);
    },
    objects: async () => plain(await client.call('/', OBJECT_MANAGER, 'GetManagedObjects')) as Objects,
    changes: (path, iface) =>
      signals
        .filter((seen) => seen.member === 'PropertiesChanged' && seen.path === path && seen.body[0] === iface)
        .map(({ body }) => ({ changed: plain(body[1]) as Plain, gone: body[2] as readonly string[] })),
    values: (path) =>
      client
        .changes(path, CHARACTERISTIC)
        .flatMap(({ changed }) => ('Value' in changed ? [changed['Value'] as Uint8Array] : [])),
    characteristic: async (device, uuid) => {
      const { path } = bluez.device(device);
      const found = Object.entries(await client.objects()).find(
        ([at, own]) => at.startsWith(`${path}/`) && own[CHARACTERISTIC]?.['UUID'] === longUuid(uuid),
      );
      if (found === undefined) throw new Error(`${device} has no characteristic ${uuid}`);
      return found[0];
    },
    discover: async () => {
      const { path } = bluez.adapter();
      if (!bluez.adapter().discovering) await client.call(path, 'org.bluez.Adapter1', 'StartDiscovery');
    },
    connect: async (device) => {
      const { path } = bluez.device(device);
      await client.discover();
      await until(async () => path in (await client.objects()));
      await client.call(path, DEVICE, 'Connect');
      await until(() => bluez.device(device).resolved);
    },
    agent: async (capability, answers) => {
      const asked: string[] = [];
      bus.addMethodHandler((message: Message) => {
        if (message.interface !== AGENT) return false;
        asked.push(message.member);
        void (async () => {
          try {
            const answer = await answers(message.member, message.body);
            const body = answer === undefined ? [] : [answer];
            bus.send(Message.newMethodReturn(message, answer === undefined ? '' : 'u', body));
          } catch (error) {
            bus.send(Message.newError(message, `org.bluez.Error.${(error as Error).message}`, 'said no'));
          }
        })();
        return true;
      });
      await client.call('/org/bluez', AGENT_MANAGER, 'RegisterAgent', 'os', ['/test/agent', capability]);
      await client.call('/org/bluez', AGENT_MANAGER, 'RequestDefaultAgent', 'o', ['/test/agent']);
      return asked;
    },
    close: () => bus.disconnect(),
  };
  return client;
}

/** Variants unwrapped, all the way down. */
function plain(value: unknown): unknown {
  if (value instanceof Variant) return plain(value.value);
  if (value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

/** Waits until `holds`, at most 20 s. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + 20_000;
  while (!(await holds())) {
    if (performance.now() > giveUpAt) throw new Error(`still not so after 20 s: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
}

export const hexOf = (value: Uint8Array): string => Buffer.from(value).toString('hex');
