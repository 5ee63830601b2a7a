// What a running hub tells devices that come with a claim: by what link, and where they publish then.

import { isIPv6 } from 'node:net';
import { type Api, type ApiOptions, formatClaimLink } from '@heartwood/gateway/home';
import type { OwnCertificate } from './own-certificate.ts';

type Enrolment = NonNullable<ApiOptions['enrolment']>;

const ONLY_HERE = /^(localhost|127\.0\.0\.1|::1)$/;

/** `page` is asked when a claim is made: its port may be known only then. */
export const enrolmentOf = (
  own: OwnCertificate,
  mqttTlsPort: number,
  page: () => Pick<Api, 'url'> | undefined,
  admitted: (device: string) => void,
): Enrolment => ({
  authority: own.authority,
  link: (code) =>
    formatClaimLink(
      { url: urlFor(own.name, page()?.url ?? ''), names: own.names(), authority: own.authority },
      code,
    ),
  mqtt: () =>
    own
      .names()
      .filter((name) => !ONLY_HERE.test(name))
      .map((name) => `mqtts://${isIPv6(name) ? `[${name}]` : name}:${mqttTlsPort}`),
  admitted,
});

/** The page's address as a browser or a device at home uses it: they compare the name with the certificate. */
export const urlFor = (name: string, url: string): string => url.replace('127.0.0.1', name);
