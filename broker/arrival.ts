// What the broker hands to the program that composes it: one message of one device, not yet looked into.

/** The two channels that carry vital signs. `status` and `command` never leave the broker as arrivals. */
export type ArrivalChannel = 'readings' | 'wave';

/**
 * One message from a device whose identity is already proven.
 *
 * `body` is a view of the socket's own read buffer: nobody writes to it again, but keeping it keeps up to
 * 64 KiB alive, so whoever stores it for long copies it. Its content is the device's word and untrusted.
 */
export type Arrival = {
  device: string;
  channel: ArrivalChannel;
  body: Uint8Array;
  /** MQTT 5 content type as sent, untrusted text; absent for MQTT 3.1.1. */
  contentType?: string;
  qos: 0 | 1 | 2;
};

/**
 * Called once per message, per device in the order the device sent them and without waiting for the call
 * before, so that one commit can take many. Resolves when the message is on disk; only then is it
 * acknowledged. Rejects when the hub cannot store: the message is not acknowledged and the connection is
 * closed, so that the device sends it again.
 *
 * After a rejection nothing later from that connection is acknowledged, but messages already handed over
 * may have been stored: whoever de-duplicates by sequence must then still take the earlier one.
 */
export type Accept = (arrival: Arrival) => Promise<void>;

/** Whether a device holds a link to the hub. */
export type LinkState = 'online' | 'offline';

/** Told on every change of a device's link, never twice the same; `at` is the hub's clock, ms since 1970. Must not throw. */
export type OnLink = (device: string, state: LinkState, at: number) => void;
