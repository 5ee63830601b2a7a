// What lies on a hub's disk of each Bluetooth value, with its octets: an export leaves those out. Read by the store's own
// codec, from its file by URL: the gateway shows other rooms the hub whole.

import { join } from 'node:path';
import { Vault } from '@heartwood/gateway';

/** A value, by the first reading that was made of it. */
export type Kept = {
  readonly device: string;
  readonly characteristic: number;
  readonly octets: Uint8Array;
  readonly clock: string;
  readonly at: number | undefined;
};

type Stored = {
  readonly device: number;
  readonly at?: number;
  readonly source?: { readonly characteristic: number; readonly octets: Uint8Array; readonly clock: string };
};

const { decodeSegment } = (await import(
  new URL('../../gateway/store/segment-codec.ts', import.meta.url).href
)) as { readonly decodeSegment: (segment: Uint8Array) => readonly Stored[] };

/** Every value in a folder that `HubHome.open` made, in stored order. No hub runs on it. */
export function keptIn(folder: string): Kept[] {
  const keySource = { keyFile: join(folder, 'data.key') };
  const vault = Vault.open({ directory: join(folder, 'data'), keySource, clock: Date.now }, 'read');
  try {
    const { store, registry } = vault;
    const hubSlot = 0;
    const all = [
      ...[...store.segmentsFrom(0)]
        .filter(({ slot }) => slot !== hubSlot)
        .map((row) => store.openSegment(row)),
      ...store
        .staged()
        .filter(({ slot }) => slot !== hubSlot)
        .map((row) => store.openStaged(row)),
    ];
    return all.flatMap(decodeSegment).flatMap(({ device, at, source }) => {
      const id = registry.deviceByNumber(device)?.id;
      return source === undefined || id === undefined ? [] : [{ device: id, at, ...source }];
    });
  } finally {
    vault.close();
  }
}
