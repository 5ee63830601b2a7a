// `npm run soak -- <name>`: the long form of what `npm test` runs for a short while.

import { parseArgs } from 'node:util';
import { fuzz, fuzzText } from '../fuzz/fuzz.ts';
import { endAll } from '../journey/program.ts';
import { simulateMany } from '../simulation/soak.ts';
import { loseLinks } from './ble.ts';
import { cutUploads } from './ble-records.ts';
import { keepTime, strays } from './cadence.ts';
import { verifyByOthers } from './foreign.ts';
import { attack, FLOODS, hostileTable } from './hostile.ts';
import { killAgainAndAgain } from './kill.ts';
import { faultTable, injectFaults } from './ledger.ts';
import { catchUp, offlineTable } from './offline.ts';
import { keepOpen, pageTable } from './page.ts';
import { cutPower, powerTable } from './power.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    kills: { type: 'string', default: '1000' },
    faults: { type: 'string', default: '1000' },
    cuts: { type: 'string', default: '1000' },
    losses: { type: 'string', default: '10000' },
    messages: { type: 'string', default: '1000000' },
    seconds: { type: 'string', default: '60' },
    seeds: { type: 'string', default: '20' },
    days: { type: 'string', default: '1' },
    kept: { type: 'string', default: '3600' },
    minutes: { type: 'string', default: '60' },
    seed: { type: 'string' },
    flood: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void endAll().then(() => process.exit(130)));
}

const seed = values.seed ?? String(Date.now());
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const name = positionals.join();
const counts: Readonly<Record<string, string>> = {
  kill: values.kills,
  ledger: values.faults,
  power: values.cuts,
  ble: values.losses,
  cadence: values.seconds,
  simulate: values.seeds,
  offline: values.kept,
  fuzz: values.messages,
  hostile: values.seconds,
  page: values.minutes,
};
const count = counts[name] ?? '';

if (name === 'foreign') {
  process.exitCode = verifyByOthers();
} else if (!/^[1-9]\d{0,6}$/.test(count)) {
  process.stderr.write(
    'usage: npm run soak -- kill [--kills 1000] [--seed text], npm run soak -- ledger [--faults 1000] [--seed text],\n' +
      'npm run soak -- power [--cuts 1000] [--seed text],\nnpm run soak -- ble [--losses 10000] [--seed text], npm run soak -- cadence [--seconds 60],\n' +
      'npm run soak -- fuzz [--messages 1000000] [--seed text],\nnpm run soak -- simulate [--seeds 20] [--days 1] [--seed text] [--trace],\nnpm run soak -- offline [--kept 3600] (seconds that each of 50 devices has kept),\nnpm run soak -- page [--minutes 60],\nnpm run soak -- hostile [--seconds 60] [--flood wave|dense|gaps],\nor: npm run soak -- foreign\n',
  );
  process.exitCode = 2;
} else if (name === 'simulate') {
  const days = Number(values.days);
  say(
    `Lives ${days} days in each of ${count} houses; to repeat: npm run soak -- simulate --seeds ${count} --days ${days} --seed ${seed}`,
  );
  const { trace } = values;
  process.exitCode = (await simulateMany({ seeds: Number(count), days, seed, trace, say })) ? 0 : 1;
} else if (name === 'offline') {
  say(offlineTable(await catchUp({ devices: 50, seconds: Number(count), say })));
} else if (name === 'cadence') {
  say(`Watches when a hub asks its witness: ${count} s idle, and as long under load`);
  const report = await keepTime(Number(count));
  say(JSON.stringify(report, null, 2));
  process.exitCode = strays(report) ? 1 : 0;
} else if (name === 'fuzz') {
  say(`Sends ${count} hostile things; to repeat: npm run soak -- fuzz --messages ${count} --seed ${seed}`);
  say(fuzzText(await fuzz(Number(count), seed, say)));
} else if (name === 'page') {
  say(`Keeps a page open on a ward for ${count} minutes`);
  say(`\n${pageTable(await keepOpen(Number(count), say))}`);
} else if (name === 'hostile') {
  say(`Leaves a hub in peace for ${count} s and attacks it for as long`);
  const floods = FLOODS.filter((one) => values.flood === undefined || values.flood === one);
  say(hostileTable(await attack({ seconds: Number(count), halfOpen: 1000, floods, say })));
} else if (name === 'ble') {
  say(`Loses ${count} Bluetooth links; to repeat: npm run soak -- ble --losses ${count} --seed ${seed}`);
  const report = await loseLinks({ losses: Number(count), seed, say });
  say(JSON.stringify(report, null, 2));
  const clean = report.lost === 0 && report.doubledOrOutOfOrder === 0 && report.toldLost === report.losses;
  const cuts = Math.ceil(Number(count) / 4);
  say(`Loses ${cuts} in the middle of uploads and elsewhere, and kills the hub meanwhile`);
  const books = await cutUploads({ losses: cuts, seed, say });
  say(JSON.stringify(books, null, 2));
  const wrong =
    books.recordsMissing +
    books.recordsDoubled +
    books.recordsAtWrongTime +
    books.liveDoubledOrOutOfOrder +
    books.toldButMissing +
    books.gapsWithoutAKill;
  process.exitCode = clean && wrong === 0 ? 0 : 1;
} else if (name === 'power') {
  say(`Cuts a hub's power ${count} times; to repeat: npm run soak -- power --cuts ${count} --seed ${seed}`);
  const report = await cutPower({ cuts: Number(count), seed, say });
  const { lives, calls, syncs, checkpoints, acknowledged, proofs, unborn, seconds } = report;
  say(
    `\n${powerTable(report)}\n\n${lives} lives of ${calls} calls, ${syncs} syncs and ${checkpoints} checkpoints were cut. ${acknowledged} ` +
      `acknowledged messages were there after a cut, once; ${proofs} readings were proved; ${unborn} cuts came before there was a hub; ${seconds} s.`,
  );
} else if (name === 'ledger') {
  say(`Hurts a ledger ${count} times; to repeat: npm run soak -- ledger --faults ${count} --seed ${seed}`);
  const report = await injectFaults({ faults: Number(count), seed, say });
  say(
    `\n${faultTable(report)}\n\n${report.told} answers were held against the disk after a fault, ${report.errorsTold} errors were told and outlived; ${report.seconds} s.`,
  );
} else {
  say(`Kills a hub ${count} times; to repeat: npm run soak -- kill --kills ${count} --seed ${seed}`);
  say(JSON.stringify(await killAgainAndAgain({ kills: Number(count), devices: 16, seed, say }), null, 2));
}
