// Promises 2 and 4 as a thief with the card meets them: every file of the data folder, as bytes, after a clean stop and
// after a kill. No name, no device, no value, no password; and no heart rate by trying all of them. The log may name
// devices (an operator needs that), but neither people nor values.

import { readFileSync, statSync } from 'node:fs';
import { leafHash, parseBundle, segmentRootOf } from '@heartwood/anchor';
import { nodeSha256 } from '@heartwood/anchor/node';
import {
  encodeMessageCbor,
  encodeMessageJson,
  encodeReading,
  type Message,
  type Reading,
} from '@heartwood/vitals';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Home } from './home.ts';
import { findHashes, findNeedles, type Needle, numberNeedles, sampleNeedles, textNeedles } from './needle.ts';
import { type HubProcess, JOURNEY } from './program.ts';
import { sender } from './sender.ts';

const NAMES = ['Zephyrine Quillfeather', 'Oluwaseun Brackenbury'];
const DEVICES = ['qx7-strap-81c4f', 'vv3-scale-serial-90210'];
const STEPS = 8_675_309;
const WEIGHT_KG = 137.731;
const GLUCOSE = 1_234.7;
const AT = 1_790_123_456_789;
const SAMPLES = Array.from({ length: 96 }, (_, i) => ((i * 7_919) % 4_001) - 2_000);
const GARBAGE = 'Zephyrine says: this is no reading';

const message = (seq: number): Message => ({
  seq,
  readings: [
    { at: AT + seq, measurement: { kind: 'steps', value: STEPS } },
    { at: AT + seq, measurement: { kind: 'weight', value: WEIGHT_KG } },
    { at: AT + seq, measurement: { kind: 'glucose', value: GLUCOSE } },
    {
      at: AT + seq,
      measurement: {
        kind: 'ecg',
        wave: { lead: 'QuillLead', rateHz: 250, gain: 200, baseline: 0, samples: Int32Array.from(SAMPLES) },
      },
    },
  ],
});

const people = [
  ...NAMES.flatMap((name) => [name, ...name.split(' ')]),
  ...NAMES.map((name) => name.toUpperCase()),
];
const values: readonly Needle[] = [
  ...[STEPS, WEIGHT_KG, GLUCOSE, AT + 1].flatMap(numberNeedles),
  // On their grids: 3 decimals and 1.
  ...[137_731, 12_347].flatMap(numberNeedles),
  ...sampleNeedles(SAMPLES.slice(8, 16)),
  ...textNeedles('QuillLead'),
  ...textNeedles(GARBAGE),
];

let home: Home;
beforeEach(() => {
  home = new Home();
});
afterEach(() => home.close());

async function fill(hub: HubProcess): Promise<{ passwords: string[] }> {
  const { mqtt = '' } = await hub.ready;
  const passwords: string[] = [];
  for (const [i, device] of DEVICES.entries()) {
    const password = await home.enroll(device, NAMES[i] as string);
    passwords.push(password);
    const one = await sender(mqtt, device, password);
    for (let seq = 1; seq <= 20; seq++)
      await one.send((i === 0 ? encodeMessageJson : encodeMessageCbor)(message(seq)));
    await one.send(GARBAGE);
    // The same number with another content, and a value that no body has.
    await one.send(encodeMessageJson({ ...message(21), seq: 20 }));
    await one.send(JSON.stringify({ seq: 22, readings: [{ kind: 'steps', value: STEPS * 1e6 }] }));
    await one.end();
  }
  return { passwords };
}

describe('the files of a hub', JOURNEY, () => {
  it.each([
    ['that was stopped', '500', (hub: HubProcess) => hub.stop()],
    ['that was killed with batches closed', '300', (hub: HubProcess) => hub.kill()],
    ['that was killed with everything in the open batch', '3600000', (hub: HubProcess) => hub.kill()],
  ])('%s hold no name, device, value or password', async (_how, intervalMs, end) => {
    const hub = await home.start('--interval-ms', intervalMs, '--log', 'debug');
    const { passwords } = await fill(hub);
    await end(hub);
    const files = home.files();
    expect([...files.keys()]).toEqual(expect.arrayContaining(['hub.db', 'policy.txt', 'ledger/ledger.db']));
    // Another account on the machine gets no further than the folder's door.
    expect([home.data, home.key].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o600]);
    const masterKey = readFileSync(home.key, 'utf8').trim();
    const secrets = [
      ...[...people, ...DEVICES, ...passwords].flatMap(textNeedles),
      { what: 'the master key', bytes: Buffer.from(masterKey, 'hex') },
      { what: 'the master key in hex', bytes: Buffer.from(masterKey) },
      ...values,
    ];
    expect(findNeedles(secrets, files)).toEqual([]);
    // The log and what the hub printed: devices may be named there.
    const heard = new Map([
      ['standard output', Buffer.from(hub.out)],
      ['the log', Buffer.from(hub.err)],
    ]);
    const unsaid = [...[...people, ...passwords].flatMap(textNeedles), ...values];
    expect(findNeedles(unsaid, heard)).toEqual([]);
    expect(hub.log('quarantined').length).toBe(2 * 3);
    expect((await home.exported()).length).toBe(2 * 20 * 4);
  });

  it('are searched by eyes that see', () => {
    const plain = new Map([
      ['json', encodeMessageJson(message(1))],
      ['cbor', encodeMessageCbor(message(1))],
      ['text', Buffer.from(`x${NAMES[0]}`)],
      ['base64', Buffer.from(Buffer.from(`x${NAMES[0]}`).toString('base64'))],
      ['utf-16', Buffer.from(`x${NAMES[0]}`, 'utf16le')],
      ['samples', Buffer.from(Int32Array.from(SAMPLES).buffer)],
    ]);
    const seen = findNeedles([...people.flatMap(textNeedles), ...values], plain);
    expect(seen).toEqual(
      expect.arrayContaining([
        `"${STEPS}" in json`,
        `${STEPS} in CBOR in cbor`,
        `"${NAMES[0]}" in text`,
        `"${NAMES[0]}" in base64 at offset 1 in base64`,
        `"${NAMES[0]}" in UTF-16LE in utf-16`,
        'samples of 32 bits in samples',
        'samples as text in json',
        '"QuillLead" in cbor',
      ]),
    );
  });
});

describe('a heart rate at a known time', JOURNEY, () => {
  it('is not found by hashing all of them: everything else about the reading is known to the thief', async () => {
    const hub = await home.start('--interval-ms', '400');
    const password = await home.enroll('strap-1', 'Ada');
    const strap = await sender((await hub.ready).mqtt ?? '', 'strap-1', password);
    await strap.send(
      encodeMessageJson({ seq: 1, readings: [{ at: AT, measurement: { kind: 'heart-rate', value: 72 } }] }),
    );
    await strap.end();
    expect(await hub.stop()).toBe(0);
    const [stored] = await home.exported();
    const bundle = parseBundle(readFileSync(await home.prove(stored?.id ?? '')));
    const canonical = bundle.entry.subarray(32);
    const guess = (grid: number): Uint8Array | undefined => {
      const measurement = { kind: 'heart-rate', value: grid / 10 } as const;
      const reading: Reading = {
        subject: Buffer.from(stored?.patient ?? '', 'hex'),
        device: 'strap-1',
        seq: 1,
        index: 0,
        at: AT,
        received: stored?.received ?? 0,
        origin: 'wearable',
        measurement,
      };
      try {
        return encodeReading(reading);
      } catch {
        return undefined; // no body has it, so that nobody stored it
      }
    };
    // The thief's bytes are the true ones, down to the last bit.
    expect(Buffer.from(guess(720) ?? []).equals(canonical)).toBe(true);
    const guesses = Array.from({ length: 65_536 }, (_, grid) => guess(grid)).filter(
      (one) => one !== undefined,
    );
    expect(guesses.length).toBeGreaterThan(5_900);
    const zeros = new Uint8Array(32);
    const hashes = guesses.flatMap((one) => {
      const leaves = [leafHash(one, nodeSha256), leafHash(Buffer.concat([zeros, one]), nodeSha256)];
      const roots = leaves.map((leaf) => segmentRootOf([leaf], nodeSha256));
      return [nodeSha256(one), nodeSha256(nodeSha256(one)), ...leaves, ...roots];
    });
    const files = home.files();
    expect(findHashes(hashes, files)).toEqual([]);
    // With the salt it would be found: the segment has this one leaf, and its root is stored.
    const salted = segmentRootOf([leafHash(bundle.entry, nodeSha256)], nodeSha256);
    expect(findHashes([salted], files)).not.toEqual([]);
    // And a hash that the ledger prints in base64 is found too: the batch root of the statement.
    const printed = Buffer.from(bundle.statement.split('\n')[3] ?? '', 'base64');
    expect(findHashes([printed], files).some((place) => place.includes('ledger'))).toBe(true);
  });
});
