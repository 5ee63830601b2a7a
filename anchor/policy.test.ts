import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatVerifierKey, type VerifierKey } from './key.ts';
import { SAMPLE_HUB, SAMPLE_LOG, SAMPLE_WITNESSES, sampleSeed } from './ledger-sample.ts';
import { nodeCosigner } from './node-primitive.ts';
import { describeQuorum, isQuorum, parsePolicy } from './policy.ts';

const HUB = formatVerifierKey(SAMPLE_HUB);
const LOG = formatVerifierKey(SAMPLE_LOG);
const [W1, W2, W3] = SAMPLE_WITNESSES.map(formatVerifierKey) as [string, string, string];
const WITNESSES = `witness alice ${W1}\nwitness bob ${W2} https://bob.example/\nwitness carol ${W3}\n`;

const POLICY = `# whom we trust
hub ${HUB}
log ${LOG} https://ledger.example/

${WITNESSES}
\t# a group of groups
  group two  2 alice\tbob
group last any carol
group all all two last
quorum all
`;

const satisfied = (policyText: string, ...names: string[]): boolean => {
  const policy = parsePolicy(policyText);
  const keys = policy.witnesses.filter(({ name }) => names.includes(name)).map(({ key }) => key);
  return isQuorum(policy.quorum, new Set<VerifierKey>(keys));
};

describe('policy', () => {
  it('reads hubs, logs, witnesses, groups and quorum', () => {
    const policy = parsePolicy(POLICY);
    expect(policy.hubs.map(formatVerifierKey)).toEqual([HUB]);
    expect(policy.logs.map(({ key, url }) => [formatVerifierKey(key), url])).toEqual([
      [LOG, 'https://ledger.example/'],
    ]);
    expect(policy.witnesses.map(({ name, url }) => [name, url])).toEqual([
      ['alice', undefined],
      ['bob', 'https://bob.example/'],
      ['carol', undefined],
    ]);
    expect(describeQuorum(policy.quorum)).toBe('all of (all of (alice, bob), carol)');
    expect(parsePolicy(new TextEncoder().encode(POLICY))).toEqual(policy);
  });

  it('decides any, all, a number, one witness and none', () => {
    expect(satisfied(POLICY, 'alice', 'bob', 'carol')).toBe(true);
    expect(satisfied(POLICY, 'alice', 'carol')).toBe(false);
    const with_ = (rest: string): string => `${WITNESSES}${rest}\n`;
    const two = with_('group g 2 alice bob carol\nquorum g');
    expect([satisfied(two, 'alice'), satisfied(two, 'carol', 'alice')]).toEqual([false, true]);
    const any = with_('group g any alice bob\nquorum g');
    expect([satisfied(any, 'carol'), satisfied(any, 'bob')]).toEqual([false, true]);
    expect([satisfied(with_('quorum bob'), 'alice'), satisfied(with_('quorum bob'), 'bob')]).toEqual([
      false,
      true,
    ]);
    expect(satisfied('quorum none')).toBe(true);
    expect(describeQuorum(parsePolicy(two).quorum)).toBe('2 of (alice, bob, carol)');
  });

  it('never loses a quorum to one more cosignature', () => {
    fc.assert(
      fc.property(
        fc.subarray(['alice', 'bob', 'carol']),
        fc.constantFrom('alice', 'bob', 'carol'),
        (names, more) => {
          if (satisfied(POLICY, ...names)) expect(satisfied(POLICY, ...names, more)).toBe(true);
        },
      ),
    );
  });

  it('takes 32 of everything and more', () => {
    const lines = Array.from({ length: 40 }, (_, i) => {
      const key = nodeCosigner(`w${i}`, new Uint8Array(32).fill(i + 100), () => 1);
      return `witness w${i} ${formatVerifierKey(key)}\ngroup g${i} all w${i}`;
    });
    const groups = Array.from({ length: 40 }, (_, i) => `g${i}`).join(' ');
    const policy = parsePolicy(`${lines.join('\n')}\ngroup all 40 ${groups}\nquorum all\n`);
    expect(isQuorum(policy.quorum, new Set(policy.witnesses.map(({ key }) => key)))).toBe(true);
    expect(isQuorum(policy.quorum, new Set(policy.witnesses.slice(1).map(({ key }) => key)))).toBe(false);
  });

  const plain = formatVerifierKey({ ...SAMPLE_WITNESSES[0]!, type: 1 });
  it.each([
    ['', /needs a line "quorum/],
    [`${WITNESSES}`, /needs a line "quorum/],
    ['quorum none\nquorum none', /line 2: there is a quorum line already/],
    ['quorum alice', /line 1: "alice" is no witness or group/],
    [`quorum alice\n${WITNESSES}`, /line 1: "alice" is no witness/],
    ['quorum', /line 1: a quorum line reads/],
    ['trust me', /line 1: "trust" is not one of/],
    ['\n\nlog', /line 3: a log line reads/],
    [`log ${LOG} a b`, /line 1: a log line reads/],
    [`log ${LOG}\nlog ${LOG}`, /line 2: this log's key is on line 1/],
    [`log ${LOG.slice(0, -4)}`, /line 1: /],
    [`log ${W1}`, /line 1: the key of a log is of type 1 or 6, this one of type 4/],
    [`witness a ${LOG}`, /line 1: the key of a witness is of type 4/],
    [`witness a ${plain}`, /line 1: /],
    [`hub ${HUB} url`, /line 1: a hub line reads/],
    [`hub ${HUB}\nhub ${HUB}`, /line 2: this hub's key is on line 1/],
    [`witness a ${W1}\nwitness a ${W2}`, /line 2: "a" is defined already/],
    [`witness a ${W1}\nwitness b ${W1}`, /line 2: this witness's key is on line 1/],
    [`witness none ${W1}`, /line 1: "none" cannot be the name/],
    [`${WITNESSES}group g all`, /line 4: a group line reads/],
    [`${WITNESSES}group g 0 alice`, /line 4: "0" must be any, all, or a number from 1 to 1/],
    [`${WITNESSES}group g 3 alice bob`, /line 4: "3" must be/],
    [`${WITNESSES}group g 01 alice`, /line 4: "01" must be/],
    [`${WITNESSES}group g some alice`, /line 4: "some" must be/],
    [`${WITNESSES}group g all alice alice`, /line 4: "alice" is a member already/],
    [`${WITNESSES}group g all alice\ngroup h all alice`, /line 5: "alice" is a member already/],
    [`${WITNESSES}group g all g`, /line 4: "g" is no witness/],
    [`${WITNESSES}group g all none`, /line 4: "none" is no witness/],
    [`${WITNESSES}group alice all bob`, /line 4: "alice" is defined already/],
    ['quorum none\r\n', /line 1: it has a control character/],
    ['quorum\u00a0none', /line 1: /],
  ])('refuses %j and names the line', (text, message) => {
    expect(() => parsePolicy(text)).toThrow(message);
  });

  it('holds nothing of a key that could be the same as another', () => {
    const renamed = nodeCosigner('another.example', sampleSeed(4), () => 1);
    expect(() =>
      parsePolicy(`witness a ${W1}\nwitness b ${formatVerifierKey(renamed)}\nquorum none`),
    ).toThrow(/on line 1/);
  });
});
