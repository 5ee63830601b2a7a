// Mails to a real server on loopback, under every kind of TLS, and each way that it comes to nothing.
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ServerCertificate } from '../certificate/authority.ts';
import { mailChannel } from './mail.ts';
import { NotDelivered } from './message.ts';
import { certificateFor, type MailServer, mailServer, sampleMessage } from './server-sample.ts';

let certificate: ServerCertificate;
let server: Awaited<ReturnType<typeof mailServer>>;
beforeAll(async () => {
  certificate = await certificateFor('localhost', '127.0.0.1');
});
afterEach(() => server.close());

const start = async (options: Partial<MailServer>): Promise<void> => {
  server = await mailServer({ tls: 'never', certificate, ...options });
};
type Sending = { scheme?: string; host?: string; login?: string; ca?: boolean; timeoutMs?: number };
const send = ({
  scheme = 'smtp',
  host = '127.0.0.1',
  login = '',
  ca = true,
  timeoutMs = 20_000,
}: Sending = {}) =>
  mailChannel({
    url: `${scheme}://${login}${host}:${server.port}`,
    from: 'hub@example.org',
    ca: ca ? [certificate.authority] : undefined,
  }).deliver('bea@example.org', sampleMessage, AbortSignal.timeout(timeoutMs));
const why = async (sending?: Sending): Promise<string> =>
  send(sending).then(
    () => 'delivered',
    (error: unknown) =>
      error instanceof NotDelivered
        ? `${error.code}${error.isFinal ? ', final' : ''}`
        : `threw ${String(error)}`,
  );

describe('a mail', () => {
  it('says what is told, under the same name at each attempt', async () => {
    await start({});
    expect(await send()).toEqual({ how: 'accepted' });
    await send();
    const [mail, again] = server.mails;
    expect(mail).toMatchObject({ from: expect.stringContaining('<hub@example.org>'), encrypted: false });
    expect(mail?.to).toBe('RCPT TO:<bea@example.org>');
    expect(mail?.data).toContain('Subject: Heartwood: an alarm of high priority');
    expect(mail?.data).toContain(sampleMessage.text);
    expect(mail?.data).toContain('Auto-Submitted: auto-generated');
    const id = `Message-ID: <${sampleMessage.key}@example.org>`;
    expect(mail?.data).toContain(id);
    expect(again?.data).toContain(id);
  });

  it('goes over TLS from the first byte, with a login', async () => {
    await start({ tls: 'at-once' });
    await send({ scheme: 'smtps', login: 'hub:a%20secret@' });
    expect(server.mails).toMatchObject([{ encrypted: true, login: '\0hub\0a secret' }]);
  });

  it('turns to TLS before anything is said', async () => {
    await start({ tls: 'on-asking' });
    await send({ login: 'hub:secret@' });
    expect(server.mails).toMatchObject([{ encrypted: true, login: '\0hub\0secret' }]);
  });

  it('is not sent where TLS is required and the server has none, nor where its certificate does not hold', async () => {
    await start({ tls: 'never' });
    // Another name for this machine, which counts as beyond it.
    expect(await why({ host: '0.0.0.0' })).toBe('certificate, final');
    await server.close();
    await start({ tls: 'at-once' });
    expect(await why({ scheme: 'smtps', ca: false })).toBe('certificate, final');
    await server.close();
    await start({ tls: 'on-asking' });
    expect(await why({ ca: false })).toBe('certificate, final');
    expect(server.mails).toEqual([]);
  });

  it.each([
    ['RCPT', '550 no such person', 'refused, final'],
    ['RCPT', '450 come again', 'busy'],
    ['MAIL', '421 going down', 'busy'],
    ['end', '554 rubbish', 'refused, final'],
    ['end', '451 come again', 'busy'],
    ['greeting', '554 not you', 'refused, final'],
    ['greeting', 'silence', 'timeout'],
    ['end', 'silence', 'timeout'],
  ])('whose %s is answered by “%s” comes to: %s', async (command, answer, expected) => {
    await start({ answers: { [command]: answer } });
    expect(await why({ timeoutMs: answer === 'silence' ? 300 : 20_000 })).toBe(expected);
    expect(server.mails).toEqual([]);
  });

  it.each([
    ['at-once', 'smtps'],
    ['on-asking', 'smtp'],
  ] as const)('to a server that breaks off the handshake (TLS %s) is tried again', async (tls, scheme) => {
    await start({ tls, breaksOff: true });
    expect(await why({ scheme })).toBe('unreachable');
  });

  it('to a server that cannot turn to TLS, or check a login, at the moment is tried again', async () => {
    await start({ tls: 'on-asking', answers: { STARTTLS: '454 TLS not available due to temporary reason' } });
    expect(await why({ host: '0.0.0.0' })).toBe('busy');
    await server.close();
    await start({ tls: 'at-once', answers: { AUTH: '454 temporary authentication failure' } });
    expect(await why({ scheme: 'smtps', login: 'hub:secret@' })).toBe('busy');
  });

  it('to a server whose certificate is of another name is given up', async () => {
    await start({ tls: 'at-once' });
    // It is for localhost and 127.0.0.1.
    expect(await why({ scheme: 'smtps', host: '0.0.0.0' })).toBe('certificate, final');
  });

  it('with a wrong password, and to a server that is not there, is told apart', async () => {
    await start({ tls: 'at-once', answers: { AUTH: '535 wrong' } });
    expect(await why({ scheme: 'smtps', login: 'hub:wrong@' })).toBe('login-refused, final');
    await server.close();
    expect(await why()).toBe('unreachable');
  });
});
