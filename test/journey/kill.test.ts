// Promise 1 by force: what was acknowledged survives `kill -9` at any instant, once. `npm run soak -- kill` does the
// same a thousand times.

import { seededRandom } from '@heartwood/device-sim';
import { afterEach, describe, expect, it } from 'vitest';
import { killAgainAndAgain } from '../soak/kill.ts';
import { Home } from './home.ts';
import { JOURNEY, pause } from './program.ts';

const KILLS = 30;
const BIRTHS = 3;

describe('a hub that is killed', JOURNEY, () => {
  const homes: Home[] = [];
  afterEach(async () => {
    for (const home of homes.splice(0)) await home.close();
  });

  it(`${KILLS} times under load has every acknowledged reading, once, in order, and proves it`, {
    timeout: 360_000,
  }, async () => {
    const seed = process.env['HEARTWOOD_TEST_SEED'] ?? String(Date.now());
    process.stdout.write(`kills from seed ${seed} (HEARTWOOD_TEST_SEED=${seed} repeats them)\n`);
    const report = await killAgainAndAgain({ kills: KILLS, devices: 6, seed, say: () => undefined });
    process.stdout.write(`${JSON.stringify(report)}\n`);
    expect(report.acknowledged).toBe(report.messages);
    expect(report.readings).toBe(2 * report.messages);
    // The kills must have hit a hub at work, or nothing was shown.
    expect(report.recoveries).toBeGreaterThan(KILLS / 4);
    expect(report.messages).toBeGreaterThan(KILLS * 20);
    expect(report.batches).toBeGreaterThan(KILLS);
  });

  it('while it is being made starts all the same', async () => {
    const random = seededRandom(process.env['HEARTWOOD_TEST_SEED'] ?? String(Date.now()));
    let made = 0;
    for (let n = 0; n < BIRTHS; n++) {
      const home = new Home();
      homes.push(home);
      const first = home.launch();
      await pause(200 + random.next() * 400);
      await first.kill();
      const second = await home.start();
      if (/A new hub/.test(second.out)) made++;
      expect(await second.stop()).toBe(0);
      expect((await home.run('fsck')).status).toBe(0);
    }
    process.stdout.write(`of ${BIRTHS} hubs killed at birth ${made} were made anew\n`);
  });
});
