// The program as a person meets it: help, mistakes and exit statuses. Helps are checked for what they must tell, not
// for their wording.

import { describe, expect, it } from 'vitest';
import { EXIT } from './exit-status.ts';
import { COMMAND_NAMES } from './program.ts';
import { COMMAND_SETTINGS, flagOf, SETTINGS, variableOf } from './settings.ts';
import { runHeartwood } from './test-frame.ts';

describe('help', () => {
  it('lists every command with a sentence', async () => {
    const { status, out, err } = await runHeartwood(['--help']);
    expect(status).toBe(EXIT.ok);
    expect(err).toBe('');
    for (const name of COMMAND_NAMES) expect(out).toMatch(new RegExp(`^  ${name} +\\S.{15,}`, 'm'));
    expect(COMMAND_NAMES).toEqual([
      'demo',
      'hub',
      'sim',
      'ledger',
      'witness',
      'verify',
      'prove',
      'export',
      'monitor',
      'fsck',
      'doctor',
      'new-epoch',
      'quarantine',
      'enroll',
      'evm-registry',
      'revoke',
      'person',
      'contact',
      'login',
    ]);
  });

  it.each(COMMAND_NAMES)('of %s tells usage, options, examples and exit statuses', async (name) => {
    const { status, out } = await runHeartwood([name, '--help']);
    expect(status).toBe(EXIT.ok);
    expect(out).toMatch(new RegExp(`^Usage: heartwood ${name}`));
    expect(out).toMatch(new RegExp(`Examples:\n(.*\n)*  heartwood ${name}`));
    expect(out).toMatch(/Exit status:\n {2}0 {2}\S/);
    expect(out).toMatch(/^ {2}2 {2}wrong arguments/m);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(await runHeartwood(['help', name])).toMatchObject({ status, out });
  });

  it.each(Object.keys(COMMAND_SETTINGS))('of %s names each flag and variable', async (name) => {
    const { out } = await runHeartwood([name, '--help']);
    const flat = out.replaceAll(/\s+/g, ' ');
    for (const setting of COMMAND_SETTINGS[name as keyof typeof COMMAND_SETTINGS]) {
      // One that takes no value is followed by its help.
      const { shape } = SETTINGS[setting].type;
      expect(flat).toContain(`${flagOf(setting)} ${shape === '' ? SETTINGS[setting].help : '<'}`);
      expect(flat).toMatch(new RegExp(`env: ${variableOf(setting)}\\)`));
    }
    expect(flat).toContain('HEARTWOOD_CONFIG');
  });

  it('goes to standard error, with status 2, where nothing was asked for', async () => {
    const { status, out, err } = await runHeartwood([]);
    expect(status).toBe(EXIT.usage);
    expect(out).toBe('');
    expect(err).toContain('Usage: heartwood <command>');
  });

  it('prints the version', async () => {
    expect(await runHeartwood(['--version'])).toMatchObject({
      status: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
  });
});

describe('a mistake ends with status 2 and two plain lines at most', () => {
  it.each([
    [['hbu'], /^heartwood: "hbu" is no command\. Did you mean `heartwood hub`\?$/],
    [['xyzzy'], /`heartwood --help` lists them/],
    [['help', 'hbu'], /"hbu" is no command/],
    [['--hlep'], /--hlep is no option\. Did you mean --help\?/],
    [['hub', '--mqtt-prot', '1'], /^heartwood hub: --mqtt-prot is no option\. Did you mean --mqtt-port\?/],
    [['hub', '--mqtt-port'], /argument missing/],
    [['hub', '--mqtt-port', 'x'], /^heartwood: mqtt-port must be .* the flag --mqtt-port says "x"\.$/],
    [['hub', 'extra'], /too many arguments/],
    [['demo', '--mqtt-tls-port', '1'], /--mqtt-tls-port is no option/],
    [['prove'], /Give a reading, such as 57\.2\.14, or --patient/],
    [['prove', '57.2.14', '--patient', 'Ada'], /Give a reading, or --patient with a period; not both/],
    [['prove', '--patient', 'Ada', '--from', '2026-11-21', '--to', '2026-11-20'], /earlier than --to/],
    [['verify', '--policy', 'p'], /Give the file of a proof, or --range/],
    [['prove', '57.2'], /"57\.2" is no reading's id; it must be three numbers/],
    [['prove', '57.02.1'], /no reading's id/],
    [['verify', 'p.json'], /required option '--policy <file>' not specified/],
    [['witness'], /^heartwood: witness-logs is needed/],
    [['sim'], /required option '--devices <file>'/],
    [['sim', '--ble', '--devices', 'd'], /'--devices <file>' cannot be used with option '--ble'/],
    [['enroll', 'W', '--patient', 'Ada'], /"W" cannot name a device/],
    [['enroll', 'watch-1'], /required option '--patient <name>'/],
    [['enroll', 'watch-1', '--patient', ' '], /--patient must be a name/],
    [['enroll', 'watch-1', '--patient', 'Ada', '--ble', 'serial:'], /--ble must be an address/],
    [['enroll', 'watch-1', '--patient', 'Ada', '--origin', 'thin air'], /Allowed choices are wearable/],
    [['export', 'Ada', '--from', 'noon'], /--from must be a day such as/],
    [['export', 'Ada', '--from', '2026-02-30'], /--from must be a day such as/],
    [['export', 'Ada', '--to', '2026-11-21T10:00:00'], /with its zone/],
    [['export', 'Ada', '--from', '2026-11-21', '--to', '2026-11-21'], /earlier than --to/],
    [['quarantine', '--show', 'x'], /--show must be the number of a message; it says "x"/],
    [['quarantine', '--show', '1', '--json'], /cannot be used with/],
    [['export', 'Ada', '--format', 'pdf'], /Allowed choices are ndjson, csv/],
  ])('%j', async (args, says) => {
    const { status, out, err } = await runHeartwood(args);
    expect(err.trimEnd().split('\n')[0]).toMatch(says);
    expect(err.trimEnd().split('\n').length).toBeLessThanOrEqual(2);
    expect(err).not.toMatch(/ {4}at |node:|Error:/);
    expect(out).toBe('');
    expect(status).toBe(EXIT.usage);
  });

  it('never repeats what was given to an unknown flag', async () => {
    const { err } = await runHeartwood(['hub', '--mqtt-password=hunter2']);
    expect(err).toMatch(/--mqtt-password is no option\. Did you mean --mqtt-password-file\?/);
    expect(err).not.toContain('hunter2');
  });

  it('names a wrong variable too', async () => {
    const { status, err } = await runHeartwood(['hub'], { env: { HEARTWOOD_HTTP_HOTS: '::' } });
    expect(status).toBe(EXIT.usage);
    expect(err).toContain('Did you mean HEARTWOOD_HTTP_HOST?');
  });
});

it('a config file that is not there ends with status 3', async () => {
  const { status, err } = await runHeartwood(['hub', '--config', '/no/such.toml']);
  expect(status).toBe(EXIT.cannotRun);
  expect(err).toBe('heartwood: The config file /no/such.toml is not there.\n');
});
