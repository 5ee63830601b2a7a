// Where the settings say that the master key is.

import type { MasterKeySource } from '@heartwood/gateway';
import type { Frame } from '../frame.ts';
import type { Settings } from '../settings.ts';

export type KeySettings = Pick<Settings, 'data' | 'masterKeyFile' | 'passphraseFile'>;

export function keySourceOf(settings: KeySettings, frame: Frame): MasterKeySource {
  return {
    keyFile: settings.masterKeyFile,
    passphraseFile: settings.passphraseFile,
    credentialsDirectory: frame.env['CREDENTIALS_DIRECTORY'],
  };
}
