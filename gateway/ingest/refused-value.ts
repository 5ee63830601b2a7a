// A value of a Bluetooth device whose octets could not be read, or say what there is no kind of reading for, on its way into the quarantine: it is no message, so it
// comes under a content type that says what refused it. A device on MQTT may claim that type too; all it gains is that
// its message is kept under this reason instead of another.

import { GATT_REFUSALS, type GattRefusal } from '@heartwood/vitals/gatt';

/** Why the octets of a characteristic are in the quarantine. */
export type ValueRefusal = `gatt-${GattRefusal}`;

const TYPE = 'application/vnd.heartwood.gatt';
const FORM = new RegExp(`^${TYPE.replaceAll('.', '\\.')}; ?uuid=([0-9a-f]{4}); ?reason=([a-z-]{1,40})$`);

/** The content type under which such octets are handed in. @param characteristic its 16-bit UUID */
export const refusedValueType = (characteristic: number, reason: GattRefusal): string =>
  `${TYPE};uuid=${characteristic.toString(16).padStart(4, '0')};reason=${reason}`;

/** What such a content type says; undefined for all others. */
export function refusedValue(
  contentType: string | undefined,
): { readonly reason: ValueRefusal; readonly detail: string } | undefined {
  const [, uuid = '', said] = FORM.exec(contentType ?? '') ?? [];
  const reason = GATT_REFUSALS.find((one) => one === said);
  if (reason === undefined) return undefined;
  return {
    reason: `gatt-${reason}`,
    detail:
      reason === 'no-kind'
        ? `A value of characteristic ${uuid.toUpperCase()} says what there is no kind of reading for.`
        : `A value of characteristic ${uuid.toUpperCase()} cannot be read.`,
  };
}
