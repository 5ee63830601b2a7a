// The settings of telling people of alarms: part of the table in settings.ts, which says how one becomes a flag. What is
// secret stands in files of its own, for their owner's eyes alone.

import type { Row } from './setting-row.ts';
import { choice, path, text } from './setting-type.ts';

export type TellingSettings = {
  readonly smtpFile: string | undefined;
  readonly mailFrom: string | undefined;
  readonly tellMqttFile: string | undefined;
  readonly webhookSecretFile: string | undefined;
  readonly tellCa: string | undefined;
  readonly tellLanguage: 'en' | 'de' | undefined;
};

/** Those of `heartwood contact`. */
export const CONTACT_SETTINGS = [
  'data',
  'masterKeyFile',
  'passphraseFile',
  'smtpFile',
  'mailFrom',
  'tellMqttFile',
  'webhookSecretFile',
  'tellCa',
  'tellLanguage',
] as const;

export const TELLING_SETTINGS: { readonly [Name in keyof TellingSettings]: Row<TellingSettings[Name]> } = {
  smtpFile: {
    type: path,
    help: 'file with the address of a mail server: smtps://USER:PASSWORD@HOST, or smtp://…:587 with STARTTLS',
    group: 'Telling people',
    secret: true,
  },
  mailFrom: {
    type: text,
    help: 'mail address that mails come from; push services are given it too',
    group: 'Telling people',
  },
  tellMqttFile: {
    type: path,
    help: 'file with the address of a broker that is told of alarms: mqtts://USER:PASSWORD@HOST',
    group: 'Telling people',
    secret: true,
  },
  webhookSecretFile: {
    type: path,
    help: 'file with the secret by which webhooks are signed (Standard Webhooks: whsec_…)',
    group: 'Telling people',
    secret: true,
  },
  tellCa: {
    type: path,
    help: 'authority that signed the certificate of that mail server, broker or webhook (PEM), besides the well-known ones',
    group: 'Telling people',
  },
  tellLanguage: {
    type: choice(['en', 'de']),
    help: 'language of what contacts are told who have none of their own (en, unless given)',
    group: 'Telling people',
  },
};
