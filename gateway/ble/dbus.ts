// dbus-next as node-ble has it: one module, so that a Message of ours is one for its connection.

import { createRequire } from 'node:module';

const dbus = createRequire(import.meta.url)('dbus-next') as typeof import('dbus-next');

// node-ble requires the CommonJS build; of the other build, `instanceof` would fail.
export const Message: typeof dbus.Message = dbus.Message;
export const Variant: typeof dbus.Variant = dbus.Variant;
export type Bus = InstanceType<typeof dbus.MessageBus>;
export type BusMessage = InstanceType<typeof Message>;
