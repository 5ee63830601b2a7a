// `heartwood evm-registry`: the paying account's key, made at the first call; then the contract, put on the chain once.

import { setTimeout as sleep } from 'node:timers/promises';
import { AnchorError, type Fetch } from '@heartwood/anchor';
import { deployRegistry, evmAddressOf } from '@heartwood/anchor/evm';
import { EXIT, type ExitStatus, Refusal } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import type { SettingsOf } from '../settings.ts';
import { makeEvmKey, readEvmKey } from './evm-key.ts';

export async function runEvmRegistry(
  settings: SettingsOf<'evm-registry'>,
  frame: Frame,
): Promise<ExitStatus> {
  const { evmRpc, evmChain, evmKey = 'evm.key', evmFeeCap } = settings;
  if ((evmRpc === undefined) !== (evmChain === undefined)) {
    throw new Refusal(
      'usage',
      'evm-rpc and evm-chain belong together: a node, and the chain that it must be on.',
    );
  }
  const isNew = makeEvmKey(evmKey);
  const keyText = readEvmKey(evmKey);
  try {
    const account = evmAddressOf(keyText);
    frame.warn(
      isNew ? `A new key is in ${evmKey}: keep a copy of it apart.` : `The key is that of ${evmKey}.`,
    );
    frame.warn(`It pays from account ${account}.`);
    if (evmRpc === undefined || evmChain === undefined) {
      frame.write(`${account}\n`);
      return EXIT.ok;
    }
    const contract = await deploy(
      { rpcUrl: evmRpc, chainId: evmChain, keyText, feeCapGwei: evmFeeCap },
      frame,
    );
    frame.write(`${contract}\n`);
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
