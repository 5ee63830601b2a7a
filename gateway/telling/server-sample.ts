// Real servers on loopback for the tests of the channels: a certificate of an authority of their own, a mail server that
// speaks as much SMTP (RFC 5321, RFC 3207, RFC 4954) as a mail takes, and a server of HTTPS that remembers what came.

import { createServer as createHttps } from 'node:https';
import { type AddressInfo, createServer as createNet, type Server, type Socket } from 'node:net';
import { createServer as createTls, TLSSocket } from 'node:tls';
import { Authority, type ServerCertificate } from '../certificate/authority.ts';
import { Home } from '../testing.ts';
import type { Message } from './message.ts';

/** A certificate for these names, and the authority that signed it. */
export async function certificateFor(...names: string[]): Promise<ServerCertificate> {
  const home = new Home();
  try {
    await home.start();
    const { db, keyring } = home.hub.vault;
    const authority = await Authority.open(db, keyring, 'heartwood/test', Date.now());
    return await authority.issueServer(names, Date.now());
  } finally {
    home.remove();
  }
}

export const sampleMessage: Message = {
  key: '0123456789abcdef0123456789abcdef',
  kind: 'alarm',
  priority: 'high',
  at: Date.UTC(2026, 10, 21, 3, 7),
  text: 'An alarm of high priority at 03:07 UTC; open Heartwood.',
  alarms: [{ priority: 'high', raised: Date.UTC(2026, 10, 21, 3, 7) }],
};

export type Running<T> = T & { readonly port: number; close(): Promise<void> };

async function listen(server: Server): Promise<Running<object>> {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

export type Posted = {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
};

/** @param answer the status of the answer to each request, with a place to go on to; undefined: none ever comes */
export async function httpsServer(
  tls: { readonly cert: string; readonly key: string },
  answer: () => { readonly status: number; readonly location?: string } | undefined,
): Promise<Running<{ readonly posted: Posted[] }>> {
  const posted: Posted[] = [];
  const server = createHttps({ cert: tls.cert, key: tls.key }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      posted.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks) });
      const said = answer();
      if (said !== undefined)
        response.writeHead(said.status, said.location === undefined ? {} : { location: said.location }).end();
    });
  });
  return { ...(await listen(server)), posted };
}

export type Mail = {
  readonly from: string;
  readonly to: string;
  readonly data: string;
  readonly encrypted: boolean;
  readonly login: string | undefined;
};
export type MailServer = {
  /** TLS from the first byte, on asking, or never. */
  readonly tls: 'at-once' | 'on-asking' | 'never';
  readonly certificate: { readonly cert: string; readonly key: string };
  /** The answer to a command, in the place of the usual one; `silence` for none. */
  readonly answers?: Readonly<Record<string, string>>;
  /** Ends the connection at the first byte of a handshake. */
  readonly breaksOff?: boolean;
};

export async function mailServer(options: MailServer): Promise<Running<{ readonly mails: Mail[] }>> {
  const mails: Mail[] = [];
  const { cert, key } = options.certificate;
  const greet = (socket: Socket): void => talk(socket, options, mails);
  const hangUp = (socket: Socket): void => void socket.once('data', () => socket.end());
  if (options.breaksOff === true && options.tls === 'at-once')
    return { ...(await listen(createNet(hangUp))), mails };
  const server = options.tls === 'at-once' ? createTls({ cert, key }, greet) : createNet(greet);
  return { ...(await listen(server)), mails };
}

function talk(socket: Socket, options: MailServer, mails: Mail[], greets = true): void {
  const encrypted = socket instanceof TLSSocket;
  let [text, from, to, data] = ['', '', '', ''];
  let login: string | undefined;
  let inData = false;
  socket.on('error', () => socket.destroy());
  const say = (command: string, usual: string): boolean => {
    const answer = options.answers?.[command] ?? usual;
    if (answer !== 'silence') socket.write(`${answer}\r\n`);
    return answer === usual;
  };
  const hear = (line: string): void => {
    if (inData) {
      if (line !== '.') {
        data += `${line}\n`;
        return;
      }
      inData = false;
      if (say('end', '250 taken')) mails.push({ from, to, data, encrypted, login });
      return;
    }
    const command = /^[A-Z]+/i.exec(line)?.[0].toUpperCase() ?? '';
    if (command === 'EHLO')
      say(
        command,
        options.tls === 'on-asking' && !encrypted
          ? '250-sample\r\n250-AUTH PLAIN\r\n250 STARTTLS'
          : '250-sample\r\n250 AUTH PLAIN',
      );
    else if (command === 'AUTH') {
      login = Buffer.from(line.split(' ')[2] ?? '', 'base64').toString();
      say(command, '235 in');
    } else if (command === 'MAIL') {
      from = line;
      say(command, '250 ok');
    } else if (command === 'RCPT') {
      to = line;
      say(command, '250 ok');
    } else if (command === 'DATA') inData = say(command, '354 go on');
    else if (command === 'STARTTLS' && options.tls !== 'on-asking') socket.write('502 never heard of it\r\n');
    else if (command === 'STARTTLS' && say(command, '220 go on')) {
      socket.removeAllListeners('data');
      if (options.breaksOff === true) {
        socket.once('data', () => socket.end());
        return;
      }
      const { cert, key } = options.certificate;
      const secure = new TLSSocket(socket, { isServer: true, cert, key });
      talk(secure, options, mails, false);
    } else if (command === 'QUIT') {
      say(command, '221 bye');
      socket.end();
    }
  };
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n')) {
      const line = text.slice(0, end);
      text = text.slice(end + 2);
      hear(line);
    }
  });
  if (greets) say('greeting', '220 sample ready');
}
