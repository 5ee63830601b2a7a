// The load on a ledger, a process of its own: hundreds of hubs, each with its key, sign statements and send them over
// kept HTTP connections. Requests are written and answers read over plain sockets, so that little of the shared cores is
// spent here; every answer is looked into. A hub sends the next statement only after the last one was taken.

import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { encodeEntries, utf8 } from '@heartwood/anchor';
import { Histogram } from './histogram.ts';
import { BenchHub, HUBS } from './ledger-hubs.ts';
import type { FromLedgerGenerator, LedgerRun, LedgerRunResult, ToLedgerGenerator } from './ledger-wire.ts';

const TICK_MS = 5;
const DRAIN_MS = 20_000;
/** Statements of the open loop that may wait for a connection; further ones are held back, and counted. */
const WAITING_MAX = 2000;

const say = (message: FromLedgerGenerator): void => void process.send?.(message);
const fail = (error: unknown): void => {
  say({ type: 'failed', why: error instanceof Error ? error.message : String(error) });
  process.exit(1);
};
process.on('uncaughtException', fail);
process.on('disconnect', () => process.exit(0));

const hubs = Array.from({ length: HUBS }, (_, n) => new BenchHub(n));
/** Hubs that have nothing under way, the longest at rest first. */
const resting = [...hubs];
/** Times at which statements of the open loop were due and found no connection or hub. */
const waiting: number[] = [];
const idle: Connection[] = [];
const all: Connection[] = [];
const latency = new Histogram();
const lateness = new Histogram();
let [appended, appendedEver, askedAgain, heldBack, underWay] = [0, 0, 0, 0, 0];
let measuring = false;
let together = 0;

class Connection {
  readonly #port: number;
  #socket: Socket;
  opened: Promise<void>;
  #heard = '';
  #sentAt = 0;
  #request = new Uint8Array(0);
  #from: readonly BenchHub[] = [];

  constructor(port: number) {
    this.#port = port;
    this.#socket = this.#connected();
    this.opened = once(this.#socket, 'connect').then(() => undefined);
  }

  #connected(): Socket {
    const socket = connect({ host: '127.0.0.1', port: this.#port, noDelay: true });
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.#hear(text));
    socket.on('error', fail);
    socket.on('close', () => {
      // A connection that rests longer than the ledger keeps one is opened anew.
      if (idle.includes(this)) this.#socket = this.#connected();
      else fail(new Error('the ledger closed a connection'));
    });
    return socket;
  }

  /** One statement of each of these hubs, in one request. */
  send(from: readonly BenchHub[]): void {
    this.#from = from;
    const body = encodeEntries(from.map((hub) => utf8(hub.next())));
    this.#request = Buffer.concat([
      Buffer.from(`POST /add-statements HTTP/1.1\r\nHost: ledger\r\nContent-Length: ${body.length}\r\n\r\n`),
      body,
    ]);
    underWay += 1;
    this.#ask();
  }

  #ask(): void {
    this.#heard = '';
    this.#sentAt = performance.now();
    this.#socket.write(this.#request);
  }

  #hear(text: string): void {
    this.#heard += text;
    // A chunked answer ends with an empty chunk, one with a length at that length.
    const length = /\r\ncontent-length: (\d+)\r\n/i.exec(this.#heard.slice(0, 600))?.[1];
    const end = this.#heard.indexOf('\r\n\r\n');
    if (end < 0) return;
    const whole =
      length === undefined
        ? this.#heard.endsWith('\r\n0\r\n\r\n')
        : this.#heard.length >= end + 4 + Number(length);
    if (!whole) return;
    if (this.#heard.startsWith('HTTP/1.1 503')) {
      askedAgain += 1;
      this.#socket
        .removeAllListeners()
        .on('error', () => {})
        .destroy();
      setTimeout(() => {
        this.#socket = this.#connected();
        this.#ask();
      }, 20);
      return;
    }
    const taken = this.#heard.split('"kind":"appended"').length - 1;
    if (taken !== this.#from.length) throw new Error(`the ledger answered ${this.#heard.slice(0, 300)}`);
    appendedEver += taken;
    if (measuring) {
      appended += taken;
      latency.record(performance.now() - this.#sentAt);
    }
    underWay -= 1;
    resting.push(...this.#from);
    if (together > 0) this.send(resting.splice(0, together));
    else {
      idle.push(this);
      giveOut();
    }
  }
}

/** Gives what is due to whoever is free. */
function giveOut(): void {
  while (waiting.length > 0 && idle.length > 0 && resting.length > 0) {
    const due = waiting.shift()!;
    if (measuring) lateness.record(performance.now() - due);
    idle.pop()!.send([resting.shift()!]);
  }
  const over = waiting.length - WAITING_MAX;
  if (over > 0) heldBack += waiting.splice(0, over).length;
}

async function run({ load, warmMs, ms }: LedgerRun): Promise<LedgerRunResult> {
  [appended, askedAgain, heldBack] = [0, 0, 0];
  for (const histogram of [latency, lateness]) histogram.clear();
  const began = performance.now();
  let given = 0;
  let timer: NodeJS.Timeout | undefined;
  if (load.kind === 'open') {
    timer = setInterval(() => {
      const due = ((performance.now() - began) * load.perSecond) / 1000;
      for (; given < due; given++) waiting.push(began + (given * 1000) / load.perSecond);
      giveOut();
    }, TICK_MS);
  } else {
    together = load.together;
    for (const one of idle.splice(0, load.connections)) one.send(resting.splice(0, together));
  }
  await sleep(warmMs);
  measuring = true;
  const from = performance.now();
  await sleep(ms);
  measuring = false;
  const seconds = (performance.now() - from) / 1000;
  clearInterval(timer);
  const closed = together > 0;
  together = 0;
  for (const end = performance.now() + DRAIN_MS; underWay > 0 || waiting.length > 0; ) {
    if (performance.now() > end) throw new Error(`${underWay} requests were never answered`);
    await sleep(20);
  }
  if (closed) idle.splice(0, idle.length, ...all);
  return {
    perSecond: appended / seconds,
    appendedEver,
    latency: latency.summary(),
    lateP99: lateness.quantile(0.99),
    askedAgain,
    heldBack,
  };
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

process.on('message', (message: ToLedgerGenerator) => {
  const work = async (): Promise<void> => {
    if (message.type === 'run') {
      say({ type: 'result', result: await run(message.run) });
      return;
    }
    for (let n = 0; n < message.connections; n++) all.push(new Connection(message.port));
    await Promise.all(all.map(({ opened }) => opened));
    idle.push(...all);
    say({ type: 'connected' });
  };
  work().catch(fail);
});
