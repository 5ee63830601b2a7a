// The process that `witness-kill.test.ts` kills: a witness on a free port of the loopback address, which prints its URL.

import { existsSync, writeSync } from 'node:fs';
import { SAMPLE_LOG } from './ledger-sample.ts';
import { openWitness } from './witness.ts';
import { sampleWitnessKeys } from './witness-sample.ts';
import { startWitnessServer } from './witness-server.ts';

const path = process.argv[2]!;
const witness = openWitness({
  path,
  create: !existsSync(path),
  keys: sampleWitnessKeys(0),
  logs: [SAMPLE_LOG],
  nowS: () => Math.floor(Date.now() / 1000),
});
const { url } = await startWitnessServer({ witness, host: '127.0.0.1', port: 0 });
writeSync(1, `${url}\n`);
