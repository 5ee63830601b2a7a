// Whom another broker relays to: one subscriber at QoS 1 on every device's readings. It acknowledges and forgets; or,
// given a file, keeps plain rows in SQLite as one would write it without us: parse, insert, one transaction for all
// that one socket read brought, `synchronous=FULL`, then acknowledge. A process of its own; arguments: port and file.

import { connect } from 'node:net';
import Database from 'better-sqlite3';
import { answerPublishes } from './answer-publishes.ts';
import { connectBytes, subscribeBytes } from './mqtt-bytes.ts';

type Message = { seq: number; at: number; readings: { kind: string; value: number; quality: string }[] };

let messages = 0;

function keepRows(path: string): (bodies: readonly Buffer[]) => void {
  const db = new Database(path);
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec('CREATE TABLE reading (seq INTEGER, at INTEGER, kind TEXT, value REAL, quality TEXT)');
  const insert = db.prepare('INSERT INTO reading VALUES (?, ?, ?, ?, ?)');
  return db.transaction((bodies: readonly Buffer[]) => {
    for (const body of bodies) {
      const { seq, at, readings } = JSON.parse(body.toString()) as Message;
      for (const { kind, value, quality } of readings) insert.run(seq, at, kind, value, quality);
    }
    messages += bodies.length;
  });
}

const [port, path] = process.argv.slice(2);
const bodies = path === undefined ? undefined : keepRows(path);
const socket = connect({ host: '127.0.0.1', port: Number(port), noDelay: true });
socket.on('error', () => process.exit(1));
socket.on('connect', () => socket.write(connectBytes('bench-subscriber', 'none')));
answerPublishes(socket, {
  ...(bodies && { bodies }),
  other: (type) => {
    if (type === 0x20) socket.write(subscribeBytes('heartwood/v1/+/readings'));
    if (type === 0x90) process.send?.('subscribed');
  },
});
// How many messages were on disk when: told when its parent asks.
const timeline: [atMs: number, messages: number][] = [];
setInterval(() => timeline.push([Date.now(), messages]), 20);
process.on('message', () => void process.send?.(timeline));
process.on('disconnect', () => process.exit(0));
