// What a device says of itself: serial number, maker and model, of Device Information (180A). The device chooses these
// texts, and anybody's device may say another's serial number: it tells devices apart, it proves nothing.

import { decodeDeviceText } from '@heartwood/vitals/gatt';
import type { CharacteristicView } from './objects.ts';
import { UUID } from './profile.ts';

export type Made = { readonly serial?: string; readonly maker?: string; readonly model?: string };

/** Reads what there is of it. A text that cannot be read, or is none, is left out. Never rejects. */
export async function readMade(
  characteristics: readonly CharacteristicView[],
  read: (characteristic: CharacteristicView) => Promise<Uint8Array>,
): Promise<Made> {
  const made: { serial?: string; maker?: string; model?: string } = {};
  for (const name of ['serial', 'maker', 'model'] as const) {
    const one = characteristics.find(({ uuid }) => uuid === UUID[name]);
    const octets = one && (await read(one).catch(() => undefined));
    const said = octets && decodeDeviceText(octets);
    if (said?.kind === 'decoded' && said.value !== '') made[name] = said.value;
  }
  return made;
}
