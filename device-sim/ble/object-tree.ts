// The objects that `org.bluez` shows: interfaces and properties by path, and the standard interfaces over them
// (Introspectable, Properties, ObjectManager). What a property means is decided elsewhere; here a change of one is
// also told on the bus, and never the one without the other.

import { Variant } from 'dbus-next';
import { BusError, bluezError } from './error.ts';
import { INTERFACES, INTROSPECTABLE, introspectionXml, OBJECT_MANAGER, PROPERTIES } from './introspection.ts';
import { type Answer, type Call, DONE } from './wire.ts';

/** A value with its D-Bus signature. */
export const typed = (signature: string, value: unknown): Variant => new Variant(signature, value);

export type Properties = Readonly<Record<string, Variant>>;
export type Interfaces = Readonly<Record<string, Properties>>;
export type SignalSender = (
  path: string,
  iface: string,
  member: string,
  signature: string,
  body: unknown[],
) => void;
/** Sets a property that a client may set; throws a BusError to refuse. */
export type PropertySetter = (value: unknown) => void | Promise<void>;

export type ObjectTree = {
  /** Adds an object, or interfaces to one, and tells it. */
  add(path: string, interfaces: Interfaces, setters?: Readonly<Record<string, PropertySetter>>): void;
  /** Removes an object with all below it, the lowest first, and tells it. */
  remove(path: string): void;
  removeInterface(path: string, iface: string): void;
  /** Changes properties and tells it in ONE signal; what is invalidated is gone until it is set again. */
  change(path: string, iface: string, changed: Properties, invalidated?: readonly string[]): void;
  /** Keeps a value without a signal: for notifications, which have their own. */
  keep(path: string, iface: string, name: string, value: Variant): void;
  get(path: string, iface: string, name: string): unknown;
  has(path: string): boolean;
  /** Answers a call of a standard interface; undefined where the call is for none of them. */
  answer(call: Call): { readonly answer: Answer | Promise<Answer> } | undefined;
  /** Forgets everything without a word, as a process that ended. */
  clear(): void;
};

type Stored = {
  readonly interfaces: Map<string, Map<string, Variant>>;
  readonly setters: Map<string, PropertySetter>;
};

/** GDBus shows these two on every object. */
const STANDARD = [INTROSPECTABLE, PROPERTIES];

export function createObjectTree(signal: SignalSender): ObjectTree {
  const objects = new Map<string, Stored>();

  const interfacesOf = (stored: Stored): Record<string, Record<string, Variant>> => ({
    ...Object.fromEntries(STANDARD.map((name) => [name, {}])),
    ...Object.fromEntries([...stored.interfaces].map(([name, held]) => [name, Object.fromEntries(held)])),
  });

  const childrenOf = (path: string): string[] => {
    const prefix = path === '/' ? '/' : `${path}/`;
    const names = new Set<string>();
    for (const known of objects.keys()) {
      if (known === '/' || !known.startsWith(prefix)) continue;
      names.add(known.slice(prefix.length).split('/', 1)[0]!);
    }
    return [...names];
  };

  const introspect = (path: string): Answer => {
    const stored = objects.get(path);
    const children = childrenOf(path);
    if (stored === undefined && children.length === 0)
      throw unknownObject(path, INTROSPECTABLE, 'Introspect');
    const own = stored === undefined ? [] : [...stored.interfaces.keys()];
    const standard = path === '/' ? [INTROSPECTABLE, OBJECT_MANAGER] : STANDARD;
    return { signature: 's', body: [introspectionXml([...standard, ...own], children)] };
  };

  const held = (path: string, iface: unknown, member: string): Map<string, Variant> => {
    const stored = objects.get(path);
    if (stored === undefined) throw unknownObject(path, PROPERTIES, member);
    const found = stored.interfaces.get(String(iface));
    if (found === undefined) {
      throw new BusError('org.freedesktop.DBus.Error.InvalidArgs', `No such interface '${String(iface)}'`);
    }
    return found;
  };

  const set = async (path: string, iface: unknown, name: unknown, value: unknown): Promise<Answer> => {
    held(path, iface, 'Set');
    const setter = objects.get(path)?.setters.get(String(name));
    const known = INTERFACES[String(iface)]?.properties?.find(([property]) => property === name);
    if (known === undefined) throw noProperty(name);
    if (setter === undefined || !(value instanceof Variant)) {
      throw new BusError(
        'org.freedesktop.DBus.Error.PropertyReadOnly',
        `Property '${String(name)}' is not writable`,
      );
    }
    if (value.signature !== known[1]) throw bluezError('InvalidArguments');
    await setter(value.value);
    return DONE;
  };

  const properties = (call: Call): Answer | Promise<Answer> => {
    const [iface, name, value] = call.body;
    switch (call.member) {
      case 'Get': {
        const found = held(call.path, iface, 'Get').get(String(name));
        if (found === undefined) throw noProperty(name);
        return { signature: 'v', body: [found] };
      }
      case 'GetAll':
        return { signature: 'a{sv}', body: [Object.fromEntries(held(call.path, iface, 'GetAll'))] };
      case 'Set':
        return set(call.path, iface, name, value);
      default:
        throw unknownMethod(call);
    }
  };

  return {
    add: (path, interfaces, setters = {}) => {
      const stored: Stored = objects.get(path) ?? { interfaces: new Map(), setters: new Map() };
      for (const [name, own] of Object.entries(interfaces)) {
        stored.interfaces.set(name, new Map(Object.entries(own)));
      }
      for (const [name, setter] of Object.entries(setters)) stored.setters.set(name, setter);
      const isNew = !objects.has(path);
      objects.set(path, stored);
      const told = isNew ? interfacesOf(stored) : interfaces;
      signal('/', OBJECT_MANAGER, 'InterfacesAdded', 'oa{sa{sv}}', [path, told]);
    },
    remove: (path) => {
      const all = [...objects.keys()].filter((known) => known === path || known.startsWith(`${path}/`));
      for (const known of all.sort((a, b) => b.length - a.length)) {
        const names = [...STANDARD, ...objects.get(known)!.interfaces.keys()];
        objects.delete(known);
        signal('/', OBJECT_MANAGER, 'InterfacesRemoved', 'oas', [known, names]);
      }
    },
    removeInterface: (path, iface) => {
      if (objects.get(path)?.interfaces.delete(iface) !== true) return;
      signal('/', OBJECT_MANAGER, 'InterfacesRemoved', 'oas', [path, [iface]]);
    },
    change: (path, iface, changed, invalidated = []) => {
      const own = objects.get(path)?.interfaces.get(iface);
      if (own === undefined) return;
      for (const [name, value] of Object.entries(changed)) own.set(name, value);
      for (const name of invalidated) own.delete(name);
      signal(path, PROPERTIES, 'PropertiesChanged', 'sa{sv}as', [iface, changed, [...invalidated]]);
    },
    keep: (path, iface, name, value) => {
      objects.get(path)?.interfaces.get(iface)?.set(name, value);
    },
    get: (path, iface, name) => objects.get(path)?.interfaces.get(iface)?.get(name)?.value,
    has: (path) => objects.has(path),
    answer: (call) => {
      if (call.interface === INTROSPECTABLE && call.member === 'Introspect') {
        return { answer: introspect(call.path) };
      }
      if (call.interface === PROPERTIES) return { answer: properties(call) };
      if (call.interface === OBJECT_MANAGER && call.member === 'GetManagedObjects' && call.path === '/') {
        const all = Object.fromEntries([...objects].map(([path, stored]) => [path, interfacesOf(stored)]));
        return { answer: { signature: 'a{oa{sa{sv}}}', body: [all] } };
      }
      return undefined;
    },
    clear: () => objects.clear(),
  };
}

function noProperty(name: unknown): BusError {
  return new BusError('org.freedesktop.DBus.Error.InvalidArgs', `No such property '${String(name)}'`);
}

// The words of libdbus for a path at which nothing is, and for a method that the object lacks.
function noSuch(error: string, iface: string, member: string, signature: string): BusError {
  return new BusError(
    `org.freedesktop.DBus.Error.${error}`,
    `Method "${member}" with signature "${signature}" on interface "${iface}" doesn't exist\n`,
  );
}

function unknownObject(_path: string, iface: string, member: string): BusError {
  return noSuch('UnknownObject', iface, member, member === 'Introspect' ? '' : 's');
}

/** The error for a method that the object does not have. */
export function unknownMethod(call: Call): BusError {
  return noSuch('UnknownMethod', call.interface, call.member, call.signature);
}

/** The error for an object that does not exist. */
export function noSuchObject(call: Call): BusError {
  return noSuch('UnknownObject', call.interface, call.member, call.signature);
}
