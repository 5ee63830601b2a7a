// What a call over the bus can come to, besides its answer.

export type BusFaultCode =
  /** No answer in time. The call may still be carried out. */
  | 'timeout'
  /** The connection to the bus has ended. */
  | 'closed'
  /** Nobody owns `org.bluez`: bluetoothd does not run. */
  | 'no-bluez'
  /** Too many calls wait. */
  | 'busy'
  /** It is another device than the one that was looked for. */
  | 'stranger'
  /** BlueZ answered with an error: its name is in `remote`. */
  | 'remote';

export class BusFault extends Error {
  readonly code: BusFaultCode;
  /** The D-Bus name of the error, such as `org.bluez.Error.InProgress`; empty for the other codes. */
  readonly remote: string;

  constructor(code: BusFaultCode, message: string, remote = '') {
    super(message);
    this.name = 'BusFault';
    this.code = code;
    this.remote = remote;
  }

  /** The last part of BlueZ's name for the error, such as `InProgress`; empty where BlueZ said nothing. */
  get bluez(): string {
    return this.remote.startsWith('org.bluez.Error.') ? this.remote.slice('org.bluez.Error.'.length) : '';
  }
}

export const isFault = (error: unknown, ...codes: readonly string[]): boolean =>
  error instanceof BusFault && (codes.includes(error.code) || codes.includes(error.bluez));
