// `heartwood verify`: checks a proof bundle or a range proof, alone and offline. It loads the pure verifier and nothing of the hub, so
// that an auditor can read everything that decides.

import type { AnchorGrounds, RangeVerdict, Verdict } from '@heartwood/anchor';
import { Command, Option } from 'commander';
import { EXIT, type ExitStatus, Refusal } from '../exit-status.ts';
import type { Frame } from '../frame.ts';
import { helpEnd } from '../help-text.ts';
import { printableJson } from '../printable.ts';
import { parseTime } from '../time.ts';
import { verdictWords } from '../verdict-words.ts';

type Flags = {
  readonly policy: string;
  readonly json?: true;
  readonly range?: string;
  readonly from?: string;
  readonly to?: string;
  readonly sameAs?: string;
  readonly bitcoinHeaders?: string;
  readonly evmRpc?: string;
};

export function verifyCommand(frame: Frame): Command {
  return new Command('verify')
    .description(
      'Checks the proof of a reading and says in words what it proves, or which step failed. It needs no hub, no network ' +
        'and no key, and trusts only what the policy names.',
    )
    .argument('[bundle]', 'the proof, a JSON file; - reads standard input')
    .requiredOption(
      '--policy <file>',
      'whose signatures count: the hub, the ledger and how many witnesses. Get it from someone you trust, not from ' +
        'whoever sent the proof',
    )
    .option('--json', 'print the result as one JSON object')
    .addOption(
      new Option(
        '--range <file>',
        'check a range proof instead: that no batch of a period is missing; - reads standard input',
      ).helpGroup('Period:'),
    )
    .addOption(
      new Option('--from <time>', 'the period must begin here or earlier: 2026-11-20').helpGroup('Period:'),
    )
    .addOption(new Option('--to <time>', 'the period must end here or later').helpGroup('Period:'))
    .addOption(
      new Option(
        '--same-as <bundle>',
        'with --range: the proof of a reading of the person whose record it must be',
      ).helpGroup('Period:'),
    )
    .addOption(
      new Option(
        '--bitcoin-headers <file or url>',
        'your own Bitcoin headers, by which an OpenTimestamps anchor is checked: a file with lines <height> <160 ' +
          'hexadecimal digits>, or an Esplora-style server, which is asked',
      ).helpGroup('Second anchors:'),
    )
    .addOption(
      new Option(
        '--evm-rpc <url>',
        'a node of your choice, which is asked whether the block of an anchor is in its chain',
      ).helpGroup('Second anchors:'),
    )
    .addHelpText(
      'after',
      helpEnd(
        [
          ['heartwood verify proof.json --policy policy.txt', 'checks a proof from a file'],
          ['heartwood verify - --policy policy.txt --json < proof.json', 'the same, for a program'],
          [
            'heartwood verify proof.json --policy policy.txt --bitcoin-headers headers.txt',
            'also checks a time in Bitcoin, by your own headers',
          ],
          [
            'heartwood verify --range day.range --policy policy.txt --from 2026-11-20 --to 2026-11-21',
            'checks that nothing of a day is missing',
          ],
          [
            'heartwood verify --range day.range --same-as proof.json --policy policy.txt',
            'also that it is the day of the person of that reading',
          ],
        ],
        [
          [EXIT.ok, 'the proof holds'],
          [EXIT.no, 'the proof does not hold'],
          [EXIT.usage, 'wrong arguments, or a file that cannot be read or is no policy'],
          [EXIT.cannotRun, 'a server that was to be asked gave no answer'],
        ],
      ),
    )
    .action(async (bundle: string | undefined, flags: Flags) => {
      const { range, from, to } = flags;
      if ((bundle === undefined) === (range === undefined))
        throw new Refusal('usage', 'Give the file of a proof, or --range with the file of a range proof.');
      if (range !== undefined && (flags.bitcoinHeaders !== undefined || flags.evmRpc !== undefined))
        throw new Refusal(
          'usage',
          'A range proof has no second anchors: leave out --bitcoin-headers and --evm-rpc.',
        );
      const policyText = readFile('policy', flags.policy, frame);
      if (range !== undefined) {
        const { sameAs: path } = flags;
        const sameAs = path === undefined ? undefined : readFile('proof', path, frame);
        const asked = { fromMs: parseTime('--from', from), toMs: parseTime('--to', to), sameAs };
        const { runVerifyRange } = await import('../run/verify-range.ts');
        const verdict = await runVerifyRange(range, policyText, asked);
        frame.end(said(verdict, flags.json === true, frame));
        return;
      }
      if (bundle === undefined) return;
      if (flags.sameAs !== undefined)
        throw new Refusal('usage', '--same-as goes with --range: a proof of one reading says whose it is.');
      if (from !== undefined || to !== undefined)
        throw new Refusal('usage', '--from and --to go with --range: a proof of one reading has no period.');
      const bundleText = bundle === '-' ? await frame.readInput() : readFile('proof', bundle, frame);
      const { RANGE_FORMAT } = await import('@heartwood/anchor');
      if (bundleText.startsWith(RANGE_FORMAT))
        throw new Refusal('usage', `${bundle} is a range proof: give it with --range ${bundle}.`);
      const grounds = await groundsFrom(bundleText, flags, frame);
      frame.end(await verify(bundleText, policyText, grounds, flags.json === true, frame));
    });
}

async function verify(
  bundleText: string,
  policyText: string,
  grounds: AnchorGrounds,
  json: boolean,
  frame: Frame,
): Promise<ExitStatus> {
  const { verifyBundle } = await import('@heartwood/anchor');
  const { NODE_PRIMITIVES } = await import('@heartwood/anchor/node-primitive');
  const verdict = verifyBundle(bundleText, policyText, { ...NODE_PRIMITIVES, ...grounds });
  return said(verdict, json, frame);
}

/** What is known of the outside: nothing, unless the verifier brings something along. */
async function groundsFrom(
  bundleText: string,
  { bitcoinHeaders, evmRpc }: Flags,
  frame: Frame,
): Promise<AnchorGrounds> {
  if (bitcoinHeaders === undefined && evmRpc === undefined) return {};
  const { anchorGrounds } = await import('../run/anchor-grounds.ts');
  return anchorGrounds(bundleText, { bitcoinHeaders, evmRpc }, frame);
}

function said(verdict: Verdict | RangeVerdict, json: boolean, frame: Frame): ExitStatus {
  if (json) frame.write(`${printableJson(verdict)}\n`);
  else frame.write(verdictWords(verdict, frame.decorated));
  if (verdict.ok) return EXIT.ok;
  // A file that is no policy says nothing about the proof: that is a wrong argument, not a "no".
  return verdict.steps.some(({ name, ok }) => name === 'policy' && !ok) ? EXIT.usage : EXIT.no;
}

function readFile(what: 'policy' | 'proof', path: string, frame: Frame): string {
  let text: string | undefined;
  try {
    text = frame.readText(path);
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown reason';
    throw new Refusal('usage', `The ${what} file ${path} cannot be read (${why}).`, { cause });
  }
  if (text === undefined) throw new Refusal('usage', `The ${what} file ${path} is not there.`);
  return text;
}
