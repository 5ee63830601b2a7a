// The errors of BlueZ, by their names on the bus. The texts are those that bluetoothd 5.66 sends: clients in the
// field tell cases apart by them.

/** Codes of `org.bluez.Error.*` that the simulated daemon sends, with the text that goes with each. */
const TEXTS = {
  AlreadyExists: 'Already Exists',
  AuthenticationCanceled: 'Authentication Canceled',
  AuthenticationFailed: 'Authentication Failed',
  AuthenticationTimeout: 'Authentication Timeout',
  DoesNotExist: 'Does Not Exist',
  Failed: 'Operation failed',
  InProgress: 'Operation already in progress',
  InvalidArguments: 'Invalid arguments in method call',
  InvalidOffset: 'Invalid offset',
  NotAuthorized: 'Operation Not Authorized',
  NotConnected: 'Not Connected',
  NotPermitted: 'Operation is not permitted',
  NotReady: 'Resource Not Ready',
  NotSupported: 'Operation is not supported',
} as const;
export type BluezErrorName = keyof typeof TEXTS;

/** An error that goes to the caller as a D-Bus error reply. */
export class BusError extends Error {
  readonly errorName: string;

  constructor(errorName: string, text: string) {
    super(text);
    this.errorName = errorName;
  }
}

/** `org.bluez.Error.<name>`, with BlueZ's own text unless another one is given. */
export function bluezError(name: BluezErrorName, text: string = TEXTS[name]): BusError {
  return new BusError(`org.bluez.Error.${name}`, text);
}

/** What a peripheral answers over the air to refuse a read or a write: an ATT error code, 0 to 255. */
export class AttError extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`ATT error 0x${code.toString(16).padStart(2, '0')}`);
    this.code = code;
  }
}

/** ATT codes that health services use (GATT specification, common profile and service error codes). */
export const ATT = {
  cccdImproperlyConfigured: 0xfd,
  procedureInProgress: 0xfe,
} as const;

/** An ATT error as BlueZ's GATT client tells it (`create_gatt_dbus_error`). */
export function attToBluez(error: AttError, access: 'read' | 'write'): BusError {
  const denied = access === 'read' ? 'Read not permitted' : 'Write not permitted';
  switch (error.code) {
    case 0x02:
    case 0x03:
      return bluezError('NotPermitted', denied);
    case 0x05:
    case 0x0f:
      return bluezError('NotPermitted', 'Not paired');
    case 0x06:
      return bluezError('NotSupported');
    case 0x07:
      return bluezError('InvalidOffset');
    case 0x08:
      return bluezError('NotAuthorized');
    default:
      return bluezError(
        'Failed',
        `Operation failed with ATT error: 0x${error.code.toString(16).padStart(2, '0')}`,
      );
  }
}
