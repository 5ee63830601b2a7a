// The settings, source by source: what is read from where, which wins, and every refusal with its words.

import { describe, expect, it } from 'vitest';
import { Refusal } from './exit-status.ts';
import {
  COMMAND_SETTINGS,
  flagOf,
  keyOf,
  SETTINGS,
  type SettingName,
  type SettingsOf,
  variableOf,
} from './settings.ts';
import { readSettings, type SettingSources } from './settings-read.ts';

const NAMES = Object.keys(SETTINGS) as SettingName[];

function sources(
  given: Partial<Omit<SettingSources, 'readText'>> & { files?: Record<string, string> } = {},
): SettingSources {
  const { files = {}, ...rest } = given;
  return { flags: {}, env: {}, cwd: '/home/ada', readText: (path) => files[path], ...rest };
}
function hub(given: Parameters<typeof sources>[0] = {}): SettingsOf<'hub'> {
  return readSettings(COMMAND_SETTINGS.hub, sources(given));
}
function refusal(run: () => unknown): Refusal {
  try {
    run();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
const refused = (given: Parameters<typeof sources>[0]): string => refusal(() => hub(given)).message;
const demo = (given: Parameters<typeof sources>[0]): SettingsOf<'demo'> =>
  readSettings(COMMAND_SETTINGS.demo, sources(given));

describe('the table of settings', () => {
  it('gives every setting a flag, a variable and a key of its own', () => {
    expect(new Set(NAMES.map(flagOf)).size).toBe(NAMES.length);
    expect(new Set(NAMES.map(variableOf)).size).toBe(NAMES.length);
    expect(flagOf('mqttTlsPort')).toBe('--mqtt-tls-port');
    expect(variableOf('mqttTlsPort')).toBe('HEARTWOOD_MQTT_TLS_PORT');
    expect(keyOf('forDuration')).toBe('for');
  });

  it('gives no flag that a command uses for itself', () => {
    for (const flag of ['--config', '--help', '--version', '--json', '--output', '--policy']) {
      expect(NAMES.map(flagOf)).not.toContain(flag);
    }
  });

  it('takes each built-in value for right', () => {
    for (const name of NAMES) {
      const row = SETTINGS[name];
      if (!('fallback' in row)) continue;
      const value =
        typeof row.fallback === 'object' && 'of' in row.fallback ? row.fallback.of('/d') : row.fallback;
      expect(row.type.schema.safeParse(value).success, name).toBe(true);
    }
  });

  it('has a command for each setting', () => {
    const used = new Set<string>(Object.values(COMMAND_SETTINGS).flat());
    expect(NAMES.filter((name) => !used.has(name))).toEqual([]);
  });
});

describe('where settings come from', () => {
  it('has built-in values for the hub', () => {
    expect(hub()).toEqual({
      data: '/home/ada/heartwood-data',
      masterKeyFile: '/home/ada/heartwood-data.key',
      markFile: '/home/ada/heartwood-data.mark',
      withoutQuorum: 'publish-with-alarm',
      opentimestamps: [],
      opentimestampsNeeded: 1,
      evmFeeCap: 20,
      reach: 'machine',
      mqttHost: '127.0.0.1',
      mqttPort: 1883,
      mqttTlsHost: '0.0.0.0',
      mqttTlsPort: 8883,
      ble: false,
      bleSlots: 5,
      httpHost: '127.0.0.1',
      httpPort: 8420,
      intervalMs: 10_000,
      gatherMs: 0,
      quarantineMax: 10_000,
      origin: 'heartwood',
      log: 'info',
    });
  });

  it('takes a flag without a value, and true or false elsewhere', () => {
    expect(hub({ flags: { ble: true } }).ble).toBe(true);
    expect(hub({ env: { HEARTWOOD_BLE: 'true' } }).ble).toBe(true);
    expect(hub({ env: { HEARTWOOD_BLE: 'false' } }).ble).toBe(false);
    expect(() => hub({ env: { HEARTWOOD_BLE: 'yes' } })).toThrow('true or false');
  });

  it('reads flag, variable, file, in this order', () => {
    const files = { '/etc/h.toml': 'mqtt-port = 3' };
    const config = '/etc/h.toml';
    expect(hub({ files, config }).mqttPort).toBe(3);
    expect(hub({ files, config, env: { HEARTWOOD_MQTT_PORT: '2' } }).mqttPort).toBe(2);
    expect(hub({ files, config, env: { HEARTWOOD_MQTT_PORT: '2' }, flags: { mqttPort: '1' } }).mqttPort).toBe(
      1,
    );
  });

  it('finds heartwood.toml in the data folder, wherever that was named', () => {
    const files = { '/srv/h/heartwood.toml': 'interval-ms = 2000' };
    expect(hub({ files, flags: { data: '/srv/h' } }).intervalMs).toBe(2000);
    expect(hub({ files, env: { HEARTWOOD_DATA: '/srv/h' } }).intervalMs).toBe(2000);
    expect(hub({ files }).intervalMs).toBe(10_000);
    expect(hub({ files: { '/home/ada/heartwood-data/heartwood.toml': 'log = "warn"' } }).log).toBe('warn');
  });

  it('prefers --config to HEARTWOOD_CONFIG to the file in the data folder', () => {
    const files = {
      '/a.toml': 'log = "error"',
      '/b.toml': 'log = "warn"',
      '/home/ada/heartwood-data/heartwood.toml': 'log = "debug"',
    };
    const env = { HEARTWOOD_CONFIG: '/b.toml' };
    expect(hub({ files, env, config: '/a.toml' }).log).toBe('error');
    expect(hub({ files, env }).log).toBe('warn');
    expect(hub({ files, env: { HEARTWOOD_CONFIG: '' } }).log).toBe('debug');
  });

  it('takes relative paths from the folder that names them', () => {
    const files = { '/etc/heartwood/h.toml': 'data = "store"\nmqtt-tls-cert = "c.pem"' };
    const settings = hub({ files, config: '/etc/heartwood/h.toml', flags: { mqttTlsKey: 'k.pem' } });
    expect(settings.data).toBe('/etc/heartwood/store');
    expect(settings.masterKeyFile).toBe('/etc/heartwood/store.key');
    expect(settings.mqttTlsCert).toBe('/etc/heartwood/c.pem');
    expect(settings.mqttTlsKey).toBe('/home/ada/k.pem');
  });

  it('takes an empty variable for none, and leaves those of the tests alone', () => {
    expect(
      hub({ env: { HEARTWOOD_MQTT_PORT: '', HEARTWOOD_TEST_X: '1', HEARTWOOD_DEBUG: '1' } }).mqttPort,
    ).toBe(1883);
  });

  it('reads durations, numbers and lists for a demo', () => {
    const flags = { forDuration: '90s', speed: '2.5', seed: '7', recording: ['a.hea', '/r/b.hea'] };
    const settings = demo({ flags });
    expect(settings.forDuration).toBe(90_000);
    expect(settings.speed).toBe(2.5);
    expect(settings.seed).toBe(7);
    expect(settings.recording).toEqual(['/home/ada/a.hea', '/r/b.hea']);
    expect(demo({ env: { HEARTWOOD_RECORDING: 'a.hea,b.hea' } }).recording).toEqual([
      '/home/ada/a.hea',
      '/home/ada/b.hea',
    ]);
    expect(
      demo({ config: '/c.toml', files: { '/c.toml': 'recording = ["x.hea"]\nfor = "5m"' } }),
    ).toMatchObject({
      recording: ['/x.hea'],
      forDuration: 300_000,
    });
  });

  it('lets one file serve every command: a demo does not stumble over a key of the hub', () => {
    expect(demo({ config: '/c.toml', files: { '/c.toml': 'mqtt-tls-cert = "c.pem"\nseed = 3' } }).seed).toBe(
      3,
    );
  });
});

describe('what is refused, and in which words', () => {
  it('a wrong value, from a flag', () => {
    expect(refused({ flags: { mqttPort: '18x83' } })).toBe(
      'mqtt-port must be a port number from 0 to 65535 (0 takes any free one); the flag --mqtt-port says "18x83".',
    );
    expect(refusal(() => hub({ flags: { mqttPort: '-1' } })).status).toBe(2);
  });

  it('a wrong value, from a variable', () => {
    expect(refused({ env: { HEARTWOOD_INTERVAL_MS: '199' } })).toBe(
      'interval-ms must be a whole number of milliseconds from 200 to 3600000; ' +
        'the environment variable HEARTWOOD_INTERVAL_MS says 199.',
    );
  });

  it('a wrong value, from a file, with its line', () => {
    expect(
      refused({ config: 'h.toml', files: { '/home/ada/h.toml': '# mine\n\nmqtt-port = "1883"\n' } }),
    ).toBe(
      'mqtt-port must be a port number from 0 to 65535 (0 takes any free one); /home/ada/h.toml, line 3 says "1883".',
    );
  });

  it('a wrong value in a file that a flag overrides stays harmless', () => {
    const files = { '/h.toml': 'mqtt-port = "x"' };
    expect(hub({ config: '/h.toml', files, flags: { mqttPort: '5' } }).mqttPort).toBe(5);
  });

  it('a mistyped word, with the one that was meant', () => {
    expect(refused({ flags: { log: 'wanr' } })).toMatch(
      /^log must be one of silent, error, warn, info, debug; .* "wanr"\. Did you mean warn\?$/,
    );
  });

  it('an unknown variable', () => {
    expect(refused({ env: { HEARTWOOD_MQTT_PROT: 'hunter2' } })).toBe(
      'The environment variable HEARTWOOD_MQTT_PROT is no setting of heartwood. Did you mean HEARTWOOD_MQTT_PORT?',
    );
    expect(refused({ env: { HEARTWOOD_ZZZZZZ: 'hunter2' } })).not.toMatch(/hunter2|Did you/);
  });

  it('an unknown key, with its line', () => {
    expect(refused({ config: '/h.toml', files: { '/h.toml': 'log = "info"\nmqttPort = 1' } })).toBe(
      '/h.toml, line 2: "mqttPort" is no setting. Did you mean mqtt-port?',
    );
    expect(refused({ config: '/h.toml', files: { '/h.toml': '[mqtt-broker]\nport = 1' } })).toMatch(
      /^\/h\.toml, line 1: "mqtt-broker" is no setting\./,
    );
    expect(refused({ config: '/h.toml', files: { '/h.toml': 'password = "hunter2"' } })).not.toContain(
      'hunter2',
    );
  });

  it('a file that is no TOML, without quoting it', () => {
    const message = refused({ config: '/h.toml', files: { '/h.toml': 'log = "info"\npassword = hunter2' } });
    expect(message).toMatch(/^\/h\.toml, line 2: this is no TOML \(.+\)\.$/);
    expect(message).not.toContain('hunter2');
  });

  it('a config file that was asked for and is not there, or not readable', () => {
    const absent = refusal(() => hub({ config: 'no.toml' }));
    expect(absent.message).toBe('The config file /home/ada/no.toml is not there.');
    expect(absent.status).toBe(3);
    const unreadable = refusal(() =>
      readSettings(COMMAND_SETTINGS.hub, {
        ...sources({ config: '/h.toml' }),
        readText: () => {
          throw Object.assign(new Error('no'), { code: 'EACCES' });
        },
      }),
    );
    expect(unreadable.message).toBe('The config file /h.toml cannot be read (EACCES).');
  });

  it('a data folder named by the file that was found through it', () => {
    expect(refused({ files: { '/home/ada/heartwood-data/heartwood.toml': '\ndata = "/x"' } })).toMatch(
      /^\/home\/ada\/heartwood-data\/heartwood\.toml, line 2: data cannot be set here/,
    );
  });

  it('half a TLS pair', () => {
    expect(refused({ flags: { mqttTlsCert: 'c.pem' } })).toBe(
      'mqtt-tls-cert (the flag --mqtt-tls-cert) needs mqtt-tls-key too: TLS takes a certificate and its key. Add --mqtt-tls-key.',
    );
    expect(refused({ env: { HEARTWOOD_HTTP_TLS_KEY: 'k.pem' } })).toMatch(
      /^http-tls-key .* needs http-tls-cert/,
    );
  });

  it('a dashboard on the network without TLS', () => {
    for (const httpHost of [
      '0.0.0.0',
      '::',
      '192.168.1.4',
      'hub.local',
      '10.0.0.1',
      '127.0.0.1.example.org',
    ]) {
      expect(refused({ flags: { httpHost } })).toMatch(
        /^http-host is .+ \(the flag --http-host\): others could read .* Add --http-tls-cert and --http-tls-key/,
      );
      expect(hub({ flags: { httpHost, httpTlsCert: 'c', httpTlsKey: 'k' } }).httpHost).toBe(httpHost);
    }
    for (const httpHost of ['localhost', '127.0.0.1', '127.8.0.1', '::1', '0:0:0:0:0:0:0:1']) {
      expect(hub({ flags: { httpHost } }).httpHost).toBe(httpHost);
    }
  });

  it('devices on the network without TLS', () => {
    expect(refused({ env: { HEARTWOOD_MQTT_HOST: '0.0.0.0' } })).toMatch(
      /^mqtt-host is 0\.0\.0\.0 \(the environment variable HEARTWOOD_MQTT_HOST\): passwords .* readable\./,
    );
    // To a simulator it is the address of a hub, not one to listen on.
    const { mqttHost } = readSettings(COMMAND_SETTINGS.sim, sources({ flags: { mqttHost: 'broker' } }));
    expect(mqttHost).toBe('broker');
  });

  it('a passphrase and a key file at once; the built-in key file does not count', () => {
    expect(refused({ flags: { passphraseFile: 'p', masterKeyFile: 'k' } })).toMatch(/exclude each other/);
    expect(hub({ flags: { passphraseFile: 'p' } }).passphraseFile).toBe('/home/ada/p');
  });

  it('settings of a broker elsewhere without that broker, or that it would not use', () => {
    expect(refused({ flags: { mqttUser: 'ada' } })).toMatch(/^mqtt-user .* mqtt names none/);
    expect(refused({ flags: { mqtt: 'mqtt://b', mqttCa: 'ca.pem' } })).toMatch(/^mqtt-ca .* is for TLS/);
    expect(refused({ flags: { mqtt: 'mqtts://b', mqttPasswordFile: 'p' } })).toMatch(/needs mqtt-user too/);
    expect(
      hub({ flags: { mqtt: 'mqtts://b:8883', mqttUser: 'a', mqttPasswordFile: 'p', mqttCa: 'c' } }).mqtt,
    ).toBe('mqtts://b:8883');
  });

  it('second anchors by halves, on the open network, or beside a ledger elsewhere', () => {
    const calendar = 'https://a.example';
    const chain = {
      evmRpc: 'https://rpc.example/key',
      evmChain: '1',
      evmContract: `0x${'aB'.repeat(20)}`,
      evmKey: 'evm.key',
    };
    expect(hub({ flags: { opentimestamps: [calendar, 'http://127.0.0.1:1'], ...chain } })).toMatchObject({
      opentimestamps: [calendar, 'http://127.0.0.1:1'],
      evmChain: 1,
      evmKey: '/home/ada/evm.key',
    });
    expect(
      hub({ env: { HEARTWOOD_OPENTIMESTAMPS: `${calendar},${calendar}/b` } }).opentimestamps,
    ).toHaveLength(2);
    for (const url of ['http://a.example', 'ftp://a', 'a', 'https://u:p@a.example']) {
      expect(refused({ flags: { opentimestamps: [url] } })).toMatch(
        /^opentimestamps must be a list of https/,
      );
      const message = refused({ flags: { ...chain, evmRpc: url } });
      expect(message).toMatch(/^evm-rpc must be https.*not shown/);
      expect(message).not.toContain(url === 'a' ? 'https://a' : url);
    }
    expect(refused({ flags: { bitcoinHeaders: calendar } })).toMatch(/^bitcoin-headers .* names no calendar/);
    expect(refused({ flags: { opentimestamps: [calendar], opentimestampsNeeded: '2' } })).toMatch(
      /^opentimestamps-needed is 2 .* names 1/,
    );
    for (const name of Object.keys(chain)) {
      expect(refused({ flags: { ...chain, [name]: undefined } })).toMatch(/^evm-\w+ .* needs evm-\w+ too/);
    }
    for (const flags of [{ opentimestamps: [calendar] }, chain]) {
      expect(refused({ flags: { ...flags, ledgerPolicy: 'l.txt' } })).toMatch(
        /and ledger-policy .* exclude each other/,
      );
    }
  });

  it('a broker URL with a password in it, which is not repeated', () => {
    const message = refused({ flags: { mqtt: 'mqtts://ada:hunter2@b' } });
    expect(message).toMatch(
      /^mqtt must be mqtt:\/\/HOST.*no user or password inside it; .* \(not shown\)\.$/,
    );
    expect(message).not.toContain('hunter2');
  });

  it.each([
    ['mqttHost', 'a host'],
    ['mqttHost', '127.0.0.256'],
    ['mqttHost', 'host:1883'],
    ['mqtt', 'http://b'],
    ['mqtt', 'b:1883'],
    ['mqtt', 'mqtt://b/path'],
    ['origin', 'a+b'],
    ['origin', 'ends/'],
    ['origin', ''],
    ['data', 'two\nlines'],
    ['intervalMs', '1e4'],
    ['intervalMs', '10000.5'],
    ['intervalMs', '3600001'],
    ['quarantineMax', '-1'],
    ['httpPort', '65536'],
  ])('%s = %j', (name, value) => expect(() => hub({ flags: { [name]: value } })).toThrow(Refusal));

  it.each([
    ['speed', '0'],
    ['speed', 'fast'],
    ['seed', '1.5'],
    ['forDuration', '60'],
  ])('%s = %j in a demo', (name, value) => expect(() => demo({ flags: { [name]: value } })).toThrow(Refusal));

  it('anything that could move the cursor of a terminal is shown escaped, and cut short', () => {
    expect(refused({ flags: { log: '\u001b[2J\u009b31m' } })).not.toMatch(/\p{Cc}/u);
    expect(refused({ flags: { log: 'x'.repeat(5000) } }).length).toBeLessThan(300);
  });
});
