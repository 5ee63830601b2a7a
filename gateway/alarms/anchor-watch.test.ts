import { describe, expect, it } from 'vitest';
import { AnchorWatch } from './anchor-watch.ts';
import { AlarmEngine } from './engine.ts';

const AT = 1_795_262_400_000;

describe('a ledger and witnesses', () => {
  it('that nobody chose, or that were not asked yet, are not missed', () => {
    expect([...new AnchorWatch().observe()].map(({ id, evidence }) => [id, evidence])).toEqual([
      ['ledger-silent', 'unknown'],
      ['witness-silent', 'unknown'],
    ]);
  });
  it('are missed after an hour without an answer, low, and no longer when they answer', () => {
    const watch = new AnchorWatch();
    const engine = new AlarmEngine();
    const look = (minute: number, answers: boolean): string[] => {
      watch.heard('ledger', answers);
      watch.heard('witness', true);
      return engine
        .observe(0, watch.observe(), AT + minute * 60_000)
        .map(({ condition, priority, change }) => `${condition} ${priority} ${change}`);
    };
    expect(look(0, false)).toEqual([]);
    expect(look(59, false)).toEqual([]);
    expect(look(60, false)).toEqual(['ledger-silent low raised']);
    expect(look(61, true)).toEqual([]);
    expect(look(62, true)).toEqual(['ledger-silent low over', 'ledger-silent low ended']);
  });
});
