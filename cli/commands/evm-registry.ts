// `heartwood evm-registry`: what an owner does once before a hub can anchor in an EVM chain.

import { Command } from 'commander';
import type { Frame } from '../frame.ts';
import { helpEnd } from '../help-text.ts';
import { addSettings, type Flags, settingsFor } from '../settings-flags.ts';

export function evmRegistryCommand(frame: Frame): Command {
  const command = new Command('evm-registry').description(
    'Puts the contract AnchorRegistry on an EVM chain and prints its address, for the setting evm-contract of the hub. The ' +
      'contract has no owner and takes no funds; anybody’s will do, so a chain needs only one. It takes some 82,000 units ' +
      'of gas. The account that pays is made first, with its key: without evm-rpc nothing more happens, and its address ' +
      'is printed, to be sent funds.',
  );
  return addSettings(command, 'evm-registry')
    .addHelpText(
      'after',
      helpEnd(
        [
          ['heartwood evm-registry --evm-key evm.key', 'makes the key and prints the address of its account'],
          [
            'heartwood evm-registry --evm-rpc https://rpc.example.org --evm-chain 11155111',
            'puts the contract on Sepolia and prints its address',
          ],
        ],
        [
          [0, 'done; the address is on standard output, the rest on standard error'],
          [2, 'wrong arguments or a wrong setting'],
          [3, 'it cannot run here: no funds, fee above the cap, no answer, or another chain'],
        ],
      ),
    )
    .action(async (flags: Flags) => {
      const settings = settingsFor('evm-registry', flags, frame);
      const { runEvmRegistry } = await import('../run/evm-registry.ts');
      frame.end(await runEvmRegistry(settings, frame));
    });
}
