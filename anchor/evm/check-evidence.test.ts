// Evidence checked offline, and every way to spoil it. The sample is a real block's; its making is tested in
// evm-anchor.test.ts.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { equalBytes, utf8 } from '../bytes.ts';
import { sha256 } from '../primitive.ts';
import { checkEvmEvidence } from './check-evidence.ts';
import { type EvmEvidence, formatEvmEvidence, isEvmEvidence, parseEvmEvidence } from './evidence.ts';
import { SAMPLE_EVIDENCE, SAMPLE_TEXT } from './evidence-sample.ts';
import { toHex } from './hex.ts';
import { decodeRlp, encodeRlp, type Rlp } from './rlp.ts';
import { keccak256, proveIndex } from './trie.ts';

const DIGEST = sha256(utf8(SAMPLE_TEXT));
const SAMPLE = parseEvmEvidence(SAMPLE_EVIDENCE);
const bad = (words: RegExp): unknown =>
  expect.objectContaining({ code: 'bad-anchor', message: expect.stringMatching(words) });

describe('evidence from a chain', () => {
  it('shows chain, contract, block and time', () => {
    expect(checkEvmEvidence(SAMPLE_EVIDENCE, DIGEST)).toEqual({
      chainId: 31337,
      contract: '0xae519fc2ba8e6ffe6473195c092bf1bae986ff90',
      transactionHash: SAMPLE.transactionHash,
      blockNumber: 2,
      blockHash: SAMPLE.blockHash,
      timeMs: Date.UTC(2026, 10, 21, 12),
    });
  });

  it('is about one digest', () => {
    expect(() => checkEvmEvidence(SAMPLE_EVIDENCE, sha256(DIGEST))).toThrow(bad(/no such digest/));
    expect(() => checkEvmEvidence(SAMPLE_EVIDENCE, DIGEST.subarray(1))).toThrow(bad(/no such digest/));
  });

  it('fails with any byte of it changed', () => {
    const bytes = utf8(SAMPLE_EVIDENCE);
    const decoder = new TextDecoder();
    let spoiled = 0;
    for (let at = 0; at < bytes.length; at++) {
      for (const flip of [1, 1 << (1 + (at % 7)), 0x20]) {
        const text = decoder.decode(bytes.with(at, bytes[at]! ^ flip));
        expect(() => checkEvmEvidence(text, DIGEST), `byte ${at} ^ ${flip}`).toThrow(bad(/./));
        spoiled++;
      }
    }
    expect(spoiled).toBe(3 * SAMPLE_EVIDENCE.length);
  });

  it('fails with a byte missing, doubled or added', () => {
    for (let at = 0; at < SAMPLE_EVIDENCE.length; at += 3) {
      const [before, after] = [SAMPLE_EVIDENCE.slice(0, at), SAMPLE_EVIDENCE.slice(at)];
      expect(() => checkEvmEvidence(before, DIGEST)).toThrow(bad(/./));
      expect(() => checkEvmEvidence(`${before} ${after}`, DIGEST)).toThrow(bad(/./));
      if (after) expect(() => checkEvmEvidence(before + after.slice(1), DIGEST)).toThrow(bad(/./));
    }
  }, 20_000);

  it('has one text', () => {
    expect(formatEvmEvidence(SAMPLE)).toBe(SAMPLE_EVIDENCE);
    expect(isEvmEvidence(SAMPLE_EVIDENCE)).toBe(true);
    const json = JSON.parse(SAMPLE_EVIDENCE) as Record<string, unknown>;
    for (const text of [
      JSON.stringify(json, null, 1),
      JSON.stringify({ ...json, more: 1 }),
      JSON.stringify(Object.fromEntries(Object.entries(json).reverse())),
      SAMPLE_EVIDENCE.replace('"blockNumber":2', '"blockNumber":2.0'),
      SAMPLE_EVIDENCE.replace('"blockNumber":2', '"blockNumber":1,"blockNumber":2'),
      SAMPLE_EVIDENCE.replace(/0xae51/, '0xAE51'),
      `\ufeff${SAMPLE_EVIDENCE}`,
      `${SAMPLE_EVIDENCE}\n`,
    ]) {
      expect(() => parseEvmEvidence(text)).toThrow(bad(/./));
    }
  });

  it.each(['', 'null', '[]', '7', '"x"', '{}', '{"format":"heartwood-evm/v2"}', '\ud800'])(
    'is not %j',
    (text) => {
      expect(() => checkEvmEvidence(text, DIGEST)).toThrow(bad(/./));
    },
  );

  it('is bounded', () => {
    expect(() => parseEvmEvidence(SAMPLE_EVIDENCE.padEnd(1_000_001))).toThrow(bad(/longer/));
    const deep = { ...SAMPLE, receiptProof: Array.from({ length: 18 }, () => new Uint8Array(1)) };
    expect(() => formatEvmEvidence(deep)).toThrow(bad(/no list of nodes/));
  });

  it('throws nothing but its own error, whatever it is given', () => {
    fc.assert(
      fc.property(
        fc.record({
          chainId: fc.maxSafeNat(),
          transactionIndex: fc.maxSafeNat(),
          header: fc.uint8Array({ maxLength: 40 }),
          receiptProof: fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 3 }),
          transactionProof: fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 3 }),
        }),
        (other) => {
          const own = { ...SAMPLE, ...other, blockHash: toHex(keccak256(other.header)) };
          expect(() => checkEvmEvidence(formatEvmEvidence(own), DIGEST)).toThrow(bad(/./));
        },
      ),
    );
  });
});

describe('a forger who makes a block of his own', () => {
  const header = decodeRlp(SAMPLE.header) as readonly Rlp[];
  const log = (...parts: Rlp[]): Rlp => parts;
  const { contract } = SAMPLE;
  const address = Uint8Array.from(contract.slice(2).match(/../g)!, (byte) => Number.parseInt(byte, 16));
  const topics = [keccak256(utf8('Anchored(bytes32)')), DIGEST];
  const right = log(address, topics, new Uint8Array(0));
  const receiptOf = (status: Rlp, logs: Rlp): Uint8Array =>
    Uint8Array.of(2, ...encodeRlp([status, Uint8Array.of(9), new Uint8Array(256), logs]));
  const transactionOf = (chainId: number): Uint8Array =>
    Uint8Array.of(2, ...encodeRlp([Uint8Array.of(chainId)]));

  function forged(
    receipt: Uint8Array,
    transaction: Uint8Array,
    change: Partial<EvmEvidence> = {},
    items: readonly Rlp[] = header,
  ): string {
    const receipts = proveIndex([receipt], 0);
    const transactions = proveIndex([transaction], 0);
    const own = encodeRlp(
      items.map((item, i) => (i === 4 ? transactions.root : i === 5 ? receipts.root : item)),
    );
    return formatEvmEvidence({
      ...SAMPLE,
      chainId: 5,
      transactionIndex: 0,
      transactionHash: toHex(keccak256(transaction)),
      blockHash: toHex(keccak256(own)),
      header: own,
      receiptProof: receipts.proof,
      transactionProof: transactions.proof,
      ...change,
    });
  }

  it('gets no further than a block hash that is in no chain: the form can be filled by anybody', () => {
    const text = forged(receiptOf(Uint8Array.of(1), [right]), transactionOf(5));
    expect(checkEvmEvidence(text, DIGEST)).toMatchObject({ chainId: 5 });
    expect(checkEvmEvidence(text, DIGEST).blockHash).not.toBe(SAMPLE.blockHash);
  });

  it.each<[string, Uint8Array, Uint8Array, RegExp]>([
    ['a failed transaction', receiptOf(new Uint8Array(0), [right]), transactionOf(5), /failed/],
    [
      'a status that is a state root',
      receiptOf(new Uint8Array(32).fill(1), [right]),
      transactionOf(5),
      /no number/,
    ],
    ['no log', receiptOf(Uint8Array.of(1), []), transactionOf(5), /no such digest/],
    [
      'the log of another contract',
      receiptOf(Uint8Array.of(1), [log(address.with(0, 0), topics, new Uint8Array(0))]),
      transactionOf(5),
      /no such digest/,
    ],
    [
      'another event',
      receiptOf(Uint8Array.of(1), [log(address, [DIGEST, DIGEST], new Uint8Array(0))]),
      transactionOf(5),
      /no such digest/,
    ],
    [
      'a topic more',
      receiptOf(Uint8Array.of(1), [log(address, [...topics, DIGEST], new Uint8Array(0))]),
      transactionOf(5),
      /no such digest/,
    ],
    [
      'data beside it',
      receiptOf(Uint8Array.of(1), [log(address, topics, Uint8Array.of(1))]),
      transactionOf(5),
      /no such digest/,
    ],
    [
      'a transaction for another chain',
      receiptOf(Uint8Array.of(1), [right]),
      transactionOf(6),
      /another chain/,
    ],
    [
      'a transaction that names no chain',
      receiptOf(Uint8Array.of(1), [right]),
      encodeRlp([...Array(6).fill(new Uint8Array(0)), Uint8Array.of(27), DIGEST, DIGEST]),
      /another chain/,
    ],
    [
      'a transaction of an unknown type',
      receiptOf(Uint8Array.of(1), [right]),
      Uint8Array.of(9, ...encodeRlp([Uint8Array.of(5)])),
      /another chain/,
    ],
    ['a receipt that is no list', Uint8Array.of(2, 0x83, 1, 2, 3), transactionOf(5), /no list/],
  ])('does not pass with %s', (_, receipt, transaction, words) => {
    expect(() => checkEvmEvidence(forged(receipt, transaction), DIGEST)).toThrow(bad(words));
  });

  it('names the chain in `v` of the oldest kind of transaction (EIP-155)', () => {
    const old = encodeRlp([...Array(6).fill(new Uint8Array(0)), Uint8Array.of(37), DIGEST, DIGEST]);
    const text = forged(receiptOf(Uint8Array.of(1), [right]), old, { chainId: 1 });
    expect(checkEvmEvidence(text, DIGEST).chainId).toBe(1);
  });

  it('does not pass with another number, an absurd time or a header cut short', () => {
    const receipt = receiptOf(Uint8Array.of(1), [right]);
    const transaction = transactionOf(5);
    expect(() => checkEvmEvidence(forged(receipt, transaction, { blockNumber: 3 }), DIGEST)).toThrow(
      bad(/another number/),
    );
    const late = header.with(11, new Uint8Array(7).fill(31));
    expect(() => checkEvmEvidence(forged(receipt, transaction, {}, late), DIGEST)).toThrow(bad(/time/));
    expect(() => checkEvmEvidence(forged(receipt, transaction, {}, header.slice(0, 14)), DIGEST)).toThrow(
      bad(/too short/),
    );
    expect(equalBytes(SAMPLE.header, encodeRlp(header))).toBe(true);
  });
});
