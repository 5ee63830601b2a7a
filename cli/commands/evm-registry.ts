// `heartwood evm-registry`: what an owner does once before a hub can anchor in an EVM chain.

import { Command, Option } from 'commander';
import { Refusal } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import { helpEnd } from '../help-text.ts';

type Flags = {
  readonly rpc?: string;
  readonly chain?: string;
  readonly key: string;
  readonly feeCap: string;
};

export function evmRegistryCommand(frame: Frame): Command {
  return new Command('evm-registry')
    .description(
      'Puts the contract AnchorRegistry on an EVM chain and prints its address, which the hub is then told. The contract ' +
        'has no owner and takes no funds; anybody’s will do, so a chain needs only one. The account that pays is made ' +
        'first: without --rpc nothing more happens, and its address is printed, to be sent funds.',
    )
    .addOption(
      new Option(
        '--rpc <url>',
        'a node of the chain (env: HEARTWOOD_EVM_RPC, which keeps an access key in it from being seen)',
      ),
    )
    .option('--chain <id>', 'the chain meant, e.g. 11155111 for Sepolia; the node must be on it')
    .addOption(
      new Option(
        '--key <file>',
        'the account’s key; made, for your eyes only, where it is not there',
      ).default('evm.key'),
    )
    .addOption(
      new Option('--fee-cap <gwei>', 'the most that is paid for a unit of gas; it takes some 82,000').default(
        '20',
      ),
    )
    .addHelpText(
      'after',
      helpEnd(
        [
          ['heartwood evm-registry --key evm.key', 'makes the key and prints the address of its account'],
          [
            'heartwood evm-registry --key evm.key --rpc https://rpc.example.org --chain 11155111',
            'puts the contract on Sepolia and prints its address',
          ],
        ],
        [
          [0, 'done; the address is on standard output, the rest on standard error'],
          [2, 'wrong arguments'],
          [3, 'it cannot run here: no funds, fee above the cap, no answer, or another chain'],
        ],
      ),
    )
    .action(async (flags: Flags) => {
      const rpcUrl = flags.rpc ?? frame.env['HEARTWOOD_EVM_RPC'];
      if (rpcUrl !== undefined && flags.chain === undefined)
        throw new Refusal(
          'usage',
          '--chain must say which chain is meant, e.g. --chain 11155111 for Sepolia.',
        );
      const given = {
        rpcUrl,
        chainId: flags.chain === undefined ? undefined : chainOf(flags.chain),
        key: flags.key,
        feeCapGwei: feeOf(flags.feeCap),
      };
      const { runEvmRegistry } = await import('../run/evm-registry.ts');
      frame.end(await runEvmRegistry(given, frame));
    });
}

function chainOf(word: string): number {
  if (!/^[1-9]\d{0,14}$/.test(word))
    throw new Refusal(
      'usage',
      `--chain must be a whole number from 1, not ${JSON.stringify(word.slice(0, 60))}.`,
    );
  return Number(word);
}

function feeOf(word: string): number {
  const fee = /^\d{1,7}(\.\d{1,9})?$/.test(word) ? Number(word) : 0;
  if (fee > 0 && fee <= 1_000_000) return fee;
  throw new Refusal(
    'usage',
    `--fee-cap must be a number of gwei above 0, at most 1000000, not ${JSON.stringify(word.slice(0, 60))}.`,
  );
}
