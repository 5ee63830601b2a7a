// What is of the present is decided once: what the score counts is what a page is told to call live, whatever a device's
// clock says; what a device hands over out of its memory is neither.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hubCalls } from '../hub/calls.ts';
import { AT, Home, message } from '../testing.ts';

const MINUTE = 60_000;

let home: Home;
beforeEach(async () => {
  home = new Home();
  await home.start();
  await home.enroll('Ada', 'strap-1');
});
afterEach(() => home.remove());

/** What a page that opens now is told of the heart rate, and whether the pulse counts in the score. */
function told(): {
  readonly rates: readonly (readonly [number | undefined, boolean])[];
  readonly counts: boolean;
} {
  const [patient] = hubCalls(home.hub).snapshot();
  const readings = patient?.recent['heart-rate'] ?? [];
  return {
    rates: readings.map(({ value, present }) => [value, present === true]),
    counts: home.hub.watch.scoreOf(1).points.pulse !== undefined,
  };
}
const send = (seq: number, value: number, at: number): void => {
  home.send('strap-1', message(seq, { kind: 'heart-rate', value }, at));
};

describe('a reading of a clock that is ten minutes slow', () => {
  it('counts, and the page is told that it is of the present', () => {
    send(1, 72, AT - 10 * MINUTE);
    home.nowMs += 1_000;
    send(2, 73, AT - 10 * MINUTE + 1_000);
    expect(told()).toEqual({
      rates: [
        [72, true],
        [73, true],
      ],
      counts: true,
    });
  });

  it('is told so after a restart as well', async () => {
    send(1, 72, AT - 10 * MINUTE);
    home.hub.closeBatch();
    home.crash();
    await home.start();
    expect(told()).toEqual({ rates: [[72, true]], counts: true });
  });
});

describe('a reading out of a memory', () => {
  it('does not count, and the page is not told so', () => {
    send(1, 72, AT - 100);
    home.nowMs += 20 * MINUTE;
    send(2, 150, AT + MINUTE);
    expect(told()).toEqual({
      rates: [
        [72, false],
        [150, false],
      ],
      counts: false,
    });
  });
});

describe('what a clock that is right says', () => {
  it('needs no word', () => {
    send(1, 72, AT - 200);
    expect(told()).toEqual({ rates: [[72, false]], counts: true });
  });
});
