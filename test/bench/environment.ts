// The machine that the numbers are from: without it no number means anything.

import { execFileSync } from 'node:child_process';
import { closeSync, fdatasyncSync, openSync, readFileSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { Histogram } from './histogram.ts';
import { formatTable, number } from './table.ts';

const SYNCS = 200;
const BLOCK_BYTES = 4096;
const TMPFS = 0x0102_1994;

export function environment(folder: string): string {
  const processors = cpus();
  const { p50, p99 } = syncTimes(folder);
  const inMemory = statfsSync(folder).type === TMPFS;
  return formatTable(
    ['what', 'is'],
    [
      ['processor', `${processors[0]?.model.trim() ?? 'unknown'}, ${processors.length} cores`],
      ['memory', `${number(totalmem() / 1e9)} GB`],
      ['system', `${type()} ${release()}, ${process.arch}`],
      ['Node', process.versions.node],
      ['SQLite', sqliteVersion()],
      ['aedes', installedVersion('aedes')],
      [
        `fdatasync of ${number(BLOCK_BYTES)} bytes, ${SYNCS} times`,
        `median ${number(p50)} ms, p99 ${number(p99)} ms${inMemory ? ' (a file system in memory: nothing is flushed)' : ''}`,
      ],
      ['commit', commit()],
    ],
  );
}

/** The load of the machine over the last minute; above its cores, others were using it. */
export const loadAverage = (): number => loadavg()[0] as number;

function syncTimes(folder: string): { p50: number; p99: number } {
  const path = join(folder, 'sync');
  const file = openSync(path, 'w');
  const block = Buffer.alloc(BLOCK_BYTES, 0x5a);
  const times = new Histogram();
  for (let n = 0; n < SYNCS; n++) {
    const began = performance.now();
    writeSync(file, block, 0, BLOCK_BYTES, n * BLOCK_BYTES);
    fdatasyncSync(file);
    times.record(performance.now() - began);
  }
  closeSync(file);
  rmSync(path);
  return times.summary();
}

const ROOT = new URL('../../', import.meta.url);
function installedVersion(name: string): string {
  const text = readFileSync(new URL(`node_modules/${name}/package.json`, ROOT), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
const sqliteVersion = (): string => `in better-sqlite3 ${installedVersion('better-sqlite3')}`;

function commit(): string {
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    const changed = git('status', '--porcelain', '--', 'vitals', 'anchor', 'broker', 'gateway', 'cli');
    return `${git('rev-parse', '--short', 'HEAD')}${changed === '' ? '' : ' and changes since'}`;
  } catch {
    return 'unknown';
  }
}
