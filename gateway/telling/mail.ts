// Somebody gets a mail, by the mail server that the owner named (nodemailer). TLS is required beyond this machine: without
// it a password and a sick person's name would cross the internet readable.

import { createTransport } from 'nodemailer';
import { isLoopback } from './contact.ts';
import { type Channel, connectionFault, isOfCertificate, NotDelivered } from './message.ts';
import { subjectOf } from './words.ts';

export type MailOptions = {
  /** `smtps://USER:PASSWORD@HOST[:465]`, or `smtp://…[:587]`, which turns to TLS before anything is said (STARTTLS). */
  readonly url: string;
  readonly from: string;
  readonly ca: readonly string[] | undefined;
};

/** What nodemailer gives up with: its own code stands in the place of Node's, which it keeps beside. */
type MailFault = {
  readonly code?: unknown;
  readonly originalCode?: unknown;
  readonly responseCode?: unknown;
  readonly command?: unknown;
};

const DOMAIN_OF = /[^@]+$/;

export function mailChannel({ url, from, ca }: MailOptions): Channel {
  const { protocol, hostname, port, username, password } = new URL(url);
  const secure = protocol === 'smtps:';
  const here = isLoopback(hostname);
  return {
    deliver: async (to, message, signal) => {
      const { key, text, priority } = message;
      // One connection a message: alarms are rare, and one that was kept may be dead when it is needed.
      const transport = createTransport({
        host: hostname.replace(/^\[|\]$/g, ''),
        port: port === '' ? (secure ? 465 : 587) : Number(port),
        secure,
        requireTLS: !secure && !here,
        ...(username !== '' && {
          auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) },
        }),
        tls: { minVersion: 'TLSv1.2', ...(ca !== undefined && { ca: [...ca] }) },
        socketCloseTimeout: 0,
        disableFileAccess: true,
        disableUrlAccess: true,
      });
      try {
        await transport.sendMail({
          from: { name: 'Heartwood', address: from },
          to: { name: '', address: to },
          subject: subjectOf(message),
          text: `${text}\n`,
          // The same at each attempt: a mail that came twice shows as one.
          messageId: `<${key}@${DOMAIN_OF.exec(from)?.[0] ?? 'heartwood.invalid'}>`,
          headers: { 'Auto-Submitted': 'auto-generated' },
          ...(priority === 'high' && { priority: 'high' as const }),
          signal,
        });
        return { how: 'accepted' };
      } catch (error) {
        throw mailFault(error, signal);
      } finally {
        transport.close();
      }
    },
  };
}

/**
 * RFC 5321 section 4.2.1: 5yz will be answered again, 4yz may not, whatever it answers (RFC 3207's 454 to STARTTLS, RFC
 * 4954's 454 to a login). Of what is no answer, a certificate that does not hold is final, and nothing else.
 */
function mailFault(error: unknown, signal: AbortSignal): NotDelivered {
  const { code, originalCode, responseCode, command } = error as MailFault;
  if (typeof responseCode === 'number' && responseCode >= 400 && responseCode < 500)
    return new NotDelivered('busy', `The mail server cannot take it now (${responseCode}).`);
  if (isOfCertificate(originalCode))
    return new NotDelivered('certificate', 'The mail server could not show a certificate that holds.');
  if (command === 'STARTTLS' && typeof responseCode === 'number')
    return new NotDelivered('certificate', 'The mail server does not turn to TLS as it must.');
  if (code === 'EAUTH' || code === 'ENOAUTH')
    return new NotDelivered('login-refused', 'The mail server does not let the hub in.');
  if (typeof responseCode === 'number' && responseCode >= 500)
    return new NotDelivered('refused', `The mail server refuses it (${responseCode}).`);
  if (code === 'EABORT') return new NotDelivered('timeout', 'The mail server did not answer in time.');
  return connectionFault(error, signal);
}
