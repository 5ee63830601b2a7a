// The peer for proofs and hashing: golang.org/x/mod's sumdb, as Debian packs it, in a program of ours (peer.go).

import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DeepProof } from './deep-proof.ts';
import { Histogram } from './histogram.ts';

const GO = 'go';

export type Peer = {
  readonly name: string;
  /** Of one proof, ms. */
  readonly proof: Histogram;
  /** Hashed into a tree in memory. */
  readonly entriesPerSecond: number;
};

/** Measures it on these proofs, the first `warm` of which do not count. Undefined where Go or x/mod is not installed. */
export function measurePeer(
  folder: string,
  {
    proofs,
    warm,
    logKey,
    entries,
  }: { proofs: readonly DeepProof[]; warm: number; logKey: string; entries: number },
): Peer | undefined {
  mkdirSync(folder);
  const program = join(folder, 'peer');
  const source = fileURLToPath(new URL('./peer.go', import.meta.url));
  const env = { ...process.env, GO111MODULE: 'off', GOPATH: '/usr/share/gocode', GOFLAGS: '' };
  if (spawnSync(GO, ['build', '-o', program, source], { env }).status !== 0) return undefined;
  for (const [n, { tlogProof, statement }] of proofs.entries()) {
    const name = join(folder, String(n).padStart(5, '0'));
    writeFileSync(`${name}.tlog-proof`, tlogProof);
    writeFileSync(`${name}.statement`, statement);
  }
  const { status, stdout, stderr } = spawnSync(program, [folder, logKey, `${entries}`], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`x/mod does not accept a proof: ${stderr}`);
  const proof = new Histogram();
  const times = [...stdout.matchAll(/^proof (\d+)$/gm)].map(([, ns]) => Number(ns) / 1e6);
  for (const ms of times.slice(warm)) proof.record(ms);
  const version = /go\d[\d.]*/.exec(spawnSync(GO, ['version'], { encoding: 'utf8' }).stdout)?.[0] ?? 'Go';
  return {
    name: `golang.org/x/mod, ${version}`,
    proof,
    entriesPerSecond: Number(/^entries (\d+)$/m.exec(stdout)?.[1]),
  };
}
