// The master key opens everything that a hub keeps. It is 32 bytes and lives apart from the data: in a file of
// its own (0600), in a systemd credential, or in a person's head as a passphrase (Argon2id, RFC 9106).

import { argon2Sync, randomBytes } from 'node:crypto';
import { existsSync, linkSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolder, syncFolder } from '@heartwood/anchor/node';
import { HeartwoodError } from '../error.ts';

const MASTER_KEY_BYTES = 32;

/** The name under which systemd's `LoadCredential=` hands the key over (systemd.exec(5)). */
const CREDENTIAL_NAME = 'heartwood-master-key';

/** Where the master key may come from, in the order in which it is looked for. */
export type MasterKeySource = {
  /** A file that holds a passphrase (its first line). Wins over the others when given. */
  readonly passphraseFile?: string | undefined;
  /** A file with the key as 64 hex digits. */
  readonly keyFile: string;
  /** systemd's `$CREDENTIALS_DIRECTORY`. */
  readonly credentialsDirectory?: string | undefined;
};

/** What a data directory keeps so that a passphrase gives the same key again. Not secret. */
export type PassphraseSalt = {
  readonly salt: Uint8Array;
  readonly memoryKib: number;
  readonly passes: number;
};

/** RFC 9106, section 4, second recommendation: 64 MiB, 3 passes, for machines with little memory. */
const newPassphraseSalt = (): PassphraseSalt => ({ salt: randomBytes(16), memoryKib: 65_536, passes: 3 });

/**
 * Finds the master key of a hub, or makes one when `create` is set and none exists.
 * @param salts keeps the passphrase's salt: `load` gives it (undefined: none yet), `save` stores a new one
 * @throws HeartwoodError no-key, key-exposed
 */
export function masterKey(
  source: MasterKeySource,
  create: boolean,
  salts: { load(): PassphraseSalt | undefined; save(salt: PassphraseSalt): void },
): Uint8Array {
  if (source.passphraseFile !== undefined) {
    return fromPassphrase(readSecret(source.passphraseFile, 'passphrase'), create, salts);
  }
  const credential = source.credentialsDirectory && `${source.credentialsDirectory}/${CREDENTIAL_NAME}`;
  // systemd guards its credentials directory itself: the modes of its files say nothing.
  if (credential && existsSync(credential)) return parseKey(readFileSync(credential, 'utf8'), credential);
  if (existsSync(source.keyFile)) return parseKey(readSecret(source.keyFile, 'master key'), source.keyFile);
  if (!create) {
    throw new HeartwoodError(
      'no-key',
      `The master key is not at ${source.keyFile}. Give its place with --master-key-file, or the passphrase with --passphrase-file.`,
    );
  }
  return createKeyFile(source.keyFile);
}

function createKeyFile(path: string): Uint8Array {
  const key = randomBytes(MASTER_KEY_BYTES);
  // Two first starts at once: the second takes the key of the first.
  const written = writeOnce(path, `${key.toString('hex')}\n`);
  return written ? key : parseKey(readSecret(path, 'master key'), path);
}

/**
 * Writes a private file that must be there, whole, before anything depends on it: a power cut leaves all of it or
 * nothing. Its folder is fsynced too, or the name could be lost with what it opens.
 * @returns false where the file is there already: of two writers at once, one wins and both know who
 */
export function writeOnce(path: string, text: string): boolean {
  const folder = dirname(path);
  makeFolder(folder);
  const fresh = `${path}.${randomBytes(6).toString('hex')}`;
  writeFileSync(fresh, text, { mode: 0o600, flag: 'wx', flush: true });
  try {
    name(fresh, path, text);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(fresh);
  }
  syncFolder(folder);
  return true;
}

/** A link is made whole or not at all, and never over another. A stick's file system (FAT) has none: a plain file then. */
function name(fresh: string, path: string, text: string): void {
  try {
    linkSync(fresh, path);
  } catch (error) {
    if (
      !(error instanceof Error && 'code' in error && /^E(PERM|NOTSUP|OPNOTSUPP|NOSYS)$/.test(`${error.code}`))
    )
      throw error;
    writeFileSync(path, text, { mode: 0o600, flag: 'wx', flush: true });
  }
}

function readSecret(path: string, what: string): string {
  if (!existsSync(path)) throw new HeartwoodError('no-key', `There is no ${what} file at ${path}.`);
  const mode = statSync(path).mode & 0o077;
  if (mode !== 0 && process.platform !== 'win32') {
    throw new HeartwoodError(
      'key-exposed',
      `The ${what} file ${path} can be read by others. Make it private first: chmod 600 ${path}`,
    );
  }
  return readFileSync(path, 'utf8');
}

function parseKey(text: string, path: string): Uint8Array {
  const hex = text.trim();
  if (!/^[0-9a-f]{64}$/.test(hex)) {
    throw new HeartwoodError('no-key', `${path} holds no master key: 64 hex digits (0-9, a-f) are expected.`);
  }
  return Buffer.from(hex, 'hex');
}

function fromPassphrase(
  text: string,
  create: boolean,
  salts: { load(): PassphraseSalt | undefined; save(salt: PassphraseSalt): void },
): Uint8Array {
  const passphrase = text.split(/\r?\n/, 1)[0]?.normalize('NFKC') ?? '';
  if (passphrase.length < 12) {
    throw new HeartwoodError(
      'no-key',
      'The passphrase is too short: at least 12 characters, better five words.',
    );
  }
  let salt = salts.load();
  if (salt === undefined) {
    if (!create) throw new HeartwoodError('no-key', 'This data directory was not made with a passphrase.');
    salt = newPassphraseSalt();
    salts.save(salt);
  }
  return argon2Sync('argon2id', {
    message: passphrase,
    nonce: salt.salt,
    parallelism: 1,
    tagLength: MASTER_KEY_BYTES,
    memory: salt.memoryKib,
    passes: salt.passes,
  });
}
