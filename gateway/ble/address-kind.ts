// What kind of address a device shows, by its type and two top bits (Core specification, volume 6 part B, 1.3): a device
// can be enrolled by one that stays.

export type AddressKind =
  /** Bought with the chip, or chosen once: it stays. */
  | 'stays'
  /** Private and resolvable: another every quarter of an hour, until a bond tells BlueZ the one behind it. */
  | 'changes'
  /** Private and not resolvable: nobody can know the device again by it. */
  | 'nameless';

/** @param type BlueZ's `AddressType`: `public` or `random` */
export function addressKind(type: string, address: string): AddressKind {
  if (type !== 'random') return 'stays';
  const top = Number.parseInt(address.slice(0, 2), 16) >> 6;
  return top === 3 ? 'stays' : top === 1 ? 'changes' : 'nameless';
}
