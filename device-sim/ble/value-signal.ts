// One notification as octets. A storm is thousands of `PropertiesChanged` signals a second, all alike but for the
// serial number and the value; so the message of a characteristic is laid out once, and each notification copies it.
// D-Bus specification, "Message Format" and "Marshaling", little-endian, all offsets from the start of the message.

const INTERFACE = 'org.bluez.GattCharacteristic1';
const SIGNAL = 4;
const NO_REPLY_EXPECTED = 1;

/** Makes `PropertiesChanged(GattCharacteristic1, {Value: ay}, [])` of one characteristic; `serial` is not 0. */
export type ValueSignal = (serial: number, value: Uint8Array) => Buffer;

const aligned = (offset: number, to: number): number => Math.ceil(offset / to) * to;

/** The signals of the characteristic at `path`. */
export function valueSignal(path: string): ValueSignal {
  const fields = Buffer.alloc(16 + path.length + 256);
  let at = 16;
  for (const [code, type, text] of [
    [1, 'o', path],
    [2, 's', 'org.freedesktop.DBus.Properties'],
    [3, 's', 'PropertiesChanged'],
    [8, 'g', 'sa{sv}as'],
  ] as const) {
    at = aligned(at, 8);
    at = fields.writeUInt8(code, at);
    at = fields.writeUInt8(1, at);
    at += fields.write(`${type}\0`, at, 'latin1');
    // A signature counts its length in one octet, a string and a path in four.
    at = type === 'g' ? fields.writeUInt8(text.length, at) : fields.writeUInt32LE(text.length, at);
    at += fields.write(`${text}\0`, at, 'latin1');
  }
  fields.write('l', 0, 'latin1');
  fields.writeUInt8(SIGNAL, 1);
  fields.writeUInt8(NO_REPLY_EXPECTED, 2);
  fields.writeUInt8(1, 3);
  fields.writeUInt32LE(at - 16, 12);
  const bodyAt = aligned(at, 8);

  const body = Buffer.alloc(60);
  body.writeUInt32LE(INTERFACE.length, 0);
  body.write(INTERFACE, 4, 'latin1');
  body.writeUInt32LE('Value'.length, 40);
  body.write('Value', 44, 'latin1');
  body.writeUInt8(2, 50);
  body.write('ay', 51, 'latin1');
  const head = Buffer.concat([fields.subarray(0, bodyAt), body]);

  return (serial, value) => {
    const bodyBytes = aligned(60 + value.length, 4) + 4;
    const message = Buffer.alloc(bodyAt + bodyBytes);
    head.copy(message);
    message.writeUInt32LE(bodyBytes, 4);
    message.writeUInt32LE(serial, 8);
    // The dictionary begins behind its own length and padding, at 40, and holds one entry.
    message.writeUInt32LE(20 + value.length, bodyAt + 36);
    message.writeUInt32LE(value.length, bodyAt + 56);
    message.set(value, bodyAt + 60);
    return message;
  };
}
