// Where devices get their certificates (docs/spec/enrolment.md). They have no cookie: the first one is given for a claim's
// code, each next one for the one before, which the device shows in the TLS handshake.

import type { TlsOptions } from 'node:tls';
import { TLSSocket } from 'node:tls';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Issued } from '../certificate/device.ts';
import { REQUEST_CHARS_MAX } from '../certificate/limits.ts';
import type { HubThread } from '../hub/hub-thread.ts';

export type Enrolment = {
  /** PEM of the hub's authority. */
  readonly authority: string;
  /** What a claim's QR code says. */
  readonly link: (code: string) => string;
  /** Addresses for MQTT with TLS, the best first. */
  readonly mqtt: () => readonly string[];
  /** A device was admitted, perhaps again and with another key. */
  readonly admitted: (device: string) => void;
};

const TRIES_PER_MINUTE = 10;
const CODE_CHARS_MAX = 64;

/**
 * TLS that asks for a certificate and lets whoever has none, or another's, go on: a browser has none. What a certificate
 * is worth is looked at where it counts.
 */
export const clientsOf = (
  enrolment: Enrolment | undefined,
): Pick<TlsOptions, 'ca' | 'requestCert' | 'rejectUnauthorized'> =>
  enrolment === undefined ? {} : { ca: enrolment.authority, requestCert: true, rejectUnauthorized: false };

export function enrolmentRoutes(
  app: FastifyInstance,
  hub: Pick<HubThread, 'call'>,
  { authority, mqtt, admitted }: Enrolment,
): void {
  // A few a minute from one address: a code has 60 random bits, and a home few devices.
  const slowly = { config: { rateLimit: { max: TRIES_PER_MINUTE, timeWindow: 60_000 } } };
  const answer = (reply: FastifyReply, { device, cert, notAfterMs }: Issued): FastifyReply =>
    reply
      .code(201)
      .header('cache-control', 'no-store')
      .send({ device, certificate: cert, notAfter: notAfterMs, authority, mqtt: mqtt() });

  app.get('/authority.pem', (_request, reply) =>
    reply.type('application/x-pem-file').header('cache-control', 'no-cache').send(authority),
  );
  // A telephone's camera opens what a QR code says.
  app.get('/enroll', (_request, reply) =>
    reply
      .type('text/plain; charset=utf-8')
      .send(
        'This code is for a device, which reads it and asks the hub by itself. Nothing was enrolled now.\n',
      ),
  );
  app.post('/api/enroll', slowly, async (request, reply) => {
    const { code, csr } = (request.body ?? {}) as Record<string, unknown>;
    if (!isText(code, CODE_CHARS_MAX) || !isText(csr, REQUEST_CHARS_MAX))
      return reply.code(400).send({ error: 'Ask like this: {"code": "…", "csr": "-----BEGIN …"}' });
    const issued = await hub.call('enrollByClaim', code, csr);
    admitted(issued.device);
    return answer(reply, issued);
  });
  app.post('/api/renew', slowly, async (request, reply) => {
    const { csr } = (request.body ?? {}) as Record<string, unknown>;
    if (!isText(csr, REQUEST_CHARS_MAX))
      return reply.code(400).send({ error: 'Ask like this: {"csr": "-----BEGIN …"}' });
    const fingerprint = shownBy(request.raw.socket);
    if (fingerprint === undefined)
      return reply
        .code(401)
        .send({ error: 'Show the certificate that is to be renewed in the TLS handshake.' });
    return answer(reply, await hub.call('renewDevice', fingerprint, csr));
  });
}

const isText = (given: unknown, charsMax: number): given is string =>
  typeof given === 'string' && given.length <= charsMax;

/** SHA-256 (hex) of the certificate of this hub's authority whose key the other side has; undefined where it showed none. */
function shownBy(socket: unknown): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  return socket.getPeerX509Certificate()?.fingerprint256.replaceAll(':', '').toLowerCase();
}
