// `npm run soak -- fuzz --messages 1000000 --seed 7`: the whole fuzz from one seed, most of it through the ingest at speed,
// a share at sockets. Throws at the first thing that is not as it must be.

import { fuzzBroker, fuzzHub, type HubReport } from './hub.ts';
import { FuzzFailure, fuzzIngest, type IngestReport } from './ingest.ts';
import { Tally } from './tally.ts';

export type FuzzReport = { readonly tally: Tally; readonly ingest: IngestReport; readonly hub: HubReport };

export async function fuzz(messages: number, seed: string, say: (line: string) => void): Promise<FuzzReport> {
  const tally = new Tally();
  const share = (part: number): number => Math.max(1, Math.floor(messages * part));
  const hubShare = {
    bodies: share(0.01),
    packets: share(0.0005),
    requests: share(0.005),
    frames: share(0.002),
  };
  const packets = share(0.02);
  const wire = packets + hubShare.bodies + hubShare.packets + hubShare.requests + hubShare.frames;
  const ingest = await fuzzIngest({ messages: Math.max(1, messages - wire), seed, tally, say });
  say('at a broker’s sockets');
  await fuzzBroker(packets, seed, tally);
  say('at a hub’s sockets');
  const hub = await fuzzHub({ ...hubShare, seed, tally });
  if (tally.total !== messages) throw new FuzzFailure(`${messages} sent, ${tally.total} outcomes`);
  if ((tally.byOutcome().get('hangs') ?? 0) > 0)
    throw new FuzzFailure(`something hung:\n${tally.lines().join('\n')}`);
  return { tally, ingest, hub };
}

export function fuzzText({ tally, ingest, hub }: FuzzReport): string {
  return [
    ...tally.lines(),
    `sum ${tally.total.toLocaleString('en')}`,
    `ingest: ${JSON.stringify(ingest)}`,
    `hub: ${JSON.stringify(hub)}`,
  ].join('\n');
}
