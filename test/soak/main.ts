// `npm run soak -- <name>`: the long form of what `npm test` runs for a short while.

import { parseArgs } from 'node:util';
import { endAll } from '../journey/program.ts';
import { verifyByOthers } from './foreign.ts';
import { killAgainAndAgain } from './kill.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { kills: { type: 'string', default: '1000' }, seed: { type: 'string' } },
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void endAll().then(() => process.exit(130)));
}

const seed = values.seed ?? String(Date.now());
const say = (line: string): void => void process.stdout.write(`${line}\n`);

if (positionals.join() === 'foreign') {
  process.exitCode = verifyByOthers();
} else if (positionals.join() !== 'kill' || !/^[1-9]\d{0,6}$/.test(values.kills)) {
  process.stderr.write(
    'usage: npm run soak -- kill [--kills 1000] [--seed text], or: npm run soak -- foreign\n',
  );
  process.exitCode = 2;
} else {
  say(
    `Kills a hub ${values.kills} times; to repeat: npm run soak -- kill --kills ${values.kills} --seed ${seed}`,
  );
  say(JSON.stringify(await killAgainAndAgain({ kills: Number(values.kills), seed, say }), null, 2));
}
