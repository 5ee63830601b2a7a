// By what people can be told, from the settings and the files that they name. What is in those files is never shown.

import { readFileSync } from 'node:fs';
import type { TellingChoice } from '@heartwood/gateway';
import { Refusal } from '../exit-status.ts';
import type { TellingSettings } from '../telling-settings.ts';
import { readSecretFile, reasonOf } from './secret-file.ts';

const SECRET_BYTES_MAX = 2000;
const PEM_BYTES_MAX = 100_000;
const MAIL = /^[^\s@<>",;]+@[^\s@<>",;]+$/;
const HERE: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/** @throws Refusal for a file that cannot be read, that others can read, or that holds something else */
export function tellingChoiceOf(settings: Partial<TellingSettings>): TellingChoice {
  const { smtpFile, mailFrom, tellMqttFile, webhookSecretFile, tellCa, tellLanguage } = settings;
  if (smtpFile !== undefined && mailFrom === undefined)
    throw new Refusal(
      'usage',
      'smtp-file needs mail-from too: whom the mails come from. Add --mail-from hub@example.org.',
    );
  if (mailFrom !== undefined && !MAIL.test(mailFrom))
    throw new Refusal('usage', 'mail-from must be a mail address, such as hub@example.org.');
  return {
    ...(smtpFile !== undefined && { smtpUrl: smtpUrl(smtpFile) }),
    ...(mailFrom !== undefined && { from: mailFrom }),
    ...(tellMqttFile !== undefined && { mqttUrl: mqttUrl(tellMqttFile) }),
    ...(webhookSecretFile !== undefined && {
      webhookSecret: lineOf(webhookSecretFile, 'webhook-secret-file'),
    }),
    ...(tellCa !== undefined && { ca: pemOf(tellCa) }),
    ...(tellLanguage !== undefined && { language: tellLanguage }),
  };
}

function smtpUrl(path: string): string {
  const line = lineOf(path, 'smtp-file');
  const url = URL.parse(line);
  if (url === null || !['smtp:', 'smtps:'].includes(url.protocol) || url.hostname === '')
    throw new Refusal('usage', `smtp-file: ${path} must hold smtps://USER:PASSWORD@HOST or smtp://…:587.`);
  return line;
}

function mqttUrl(path: string): string {
  const line = lineOf(path, 'tell-mqtt-file');
  const url = URL.parse(line);
  const safe = url?.protocol === 'mqtts:' || (url?.protocol === 'mqtt:' && HERE.includes(url.hostname));
  if (url === null || !safe || url.hostname === '')
    throw new Refusal(
      'usage',
      `tell-mqtt-file: ${path} must hold mqtts://USER:PASSWORD@HOST, or mqtt:// on this machine.`,
    );
  return line;
}

function lineOf(path: string, setting: string): string {
  const line = readSecretFile(path, `file of ${setting},`, SECRET_BYTES_MAX).trim();
  if (line === '' || /\s/.test(line))
    throw new Refusal('usage', `${setting}: ${path} must hold one line without spaces.`);
  return line;
}

function pemOf(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Refusal('cannot-run', `tell-ca: ${path} cannot be read: ${reasonOf(cause)}.`, { cause });
  }
  if (text.length > PEM_BYTES_MAX || !text.includes('-----BEGIN CERTIFICATE-----'))
    throw new Refusal('usage', `tell-ca: ${path} holds no certificate (PEM).`);
  return text;
}
