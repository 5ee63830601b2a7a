// `heartwood evm-registry`: the paying account's key, made at the first call; then the contract, put on the chain once.

import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AnchorError, type Fetch } from '@heartwood/anchor';
import { deployRegistry, evmAddressOf } from '@heartwood/anchor/evm';
import { EXIT, type ExitStatus, Refusal } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import { makeEvmKey, readEvmKey } from './evm-key.ts';

export type EvmRegistryArguments = {
  /** Undefined: only the account is made and shown. */
  readonly rpcUrl: string | undefined;
  readonly chainId: number | undefined;
  readonly key: string;
  readonly feeCapGwei: number;
};

export async function runEvmRegistry(given: EvmRegistryArguments, frame: Frame): Promise<ExitStatus> {
  const path = resolve(frame.cwd, given.key);
  const isNew = makeEvmKey(path);
  const keyText = readEvmKey(path);
  try {
    const account = evmAddressOf(keyText);
    frame.warn(isNew ? `A new key is in ${path}: keep a copy of it apart.` : `The key is that of ${path}.`);
    frame.warn(`It pays from account ${account}.`);
    const { rpcUrl, chainId } = given;
    if (rpcUrl === undefined || chainId === undefined) {
      frame.write(`${account}\n`);
      return EXIT.ok;
    }
    frame.write(`${await deploy({ rpcUrl, chainId, keyText, feeCapGwei: given.feeCapGwei }, frame)}\n`);
    return EXIT.ok;
  } catch (cause) {
    if (!(cause instanceof AnchorError)) throw cause;
    throw new Refusal('cannot-run', sentence(cause.message), { cause });
  }
}

type Deploying = {
  readonly rpcUrl: string;
  readonly chainId: number;
  readonly keyText: string;
  readonly feeCapGwei: number;
};

async function deploy(what: Deploying, frame: Frame): Promise<string> {
  const stop = frame.stopSignal();
  let sent = '';
  try {
    const { contract, gasUsed, blockNumber } = await deployRegistry({
      ...what,
      fetch: fetch as Fetch,
      sleep: (ms) => sleep(ms, undefined, { signal: stop }),
      onSent: (transaction) => {
        sent = transaction;
        frame.warn(`Sent as transaction ${transaction}; waiting until the chain has it.`);
      },
    });
    frame.warn(
      `AnchorRegistry stands on chain ${what.chainId} since block ${blockNumber}, for ${gasUsed} gas:`,
    );
    return contract;
  } catch (cause) {
    if (!stop.aborted) throw cause;
    throw new Refusal('cannot-run', `Stopped. Transaction ${sent} is sent and may yet make the contract.`, {
      cause,
    });
  }
}

function sentence(text: string): string {
  const capital = text.slice(0, 1).toUpperCase() + text.slice(1);
  return capital.endsWith('.') ? capital : `${capital}.`;
}
