// The check that Bluetooth's medical services call E2E-CRC: CRC-16/MCRF4XX, polynomial 0x1021 reflected (0x8408),
// start 0xFFFF, no final inversion (CGMS 1.0.1 section 3.11). Found to agree with that section's example and with
// Microchip's application note 752.

/** CRC-16/MCRF4XX of all of `bytes`, 0 to 0xFFFF. */
export function crc16(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const octet of bytes) {
    crc ^= octet;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x8408 : crc >>> 1;
  }
  return crc;
}
