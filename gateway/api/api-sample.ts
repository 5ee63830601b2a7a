// The page's interface over real HTTP on the loopback address, above a home with two patients: for tests of one route each.

import { type HubCalls, hubCalls } from '../hub/calls.ts';
import { addPerson } from '../people/access.ts';
import type { Role } from '../people/permission.ts';
import { Feed } from '../stream/feed.ts';
import { Home } from '../testing.ts';
import { type Api, type ApiOptions, startApi } from './server.ts';

type Headers = Readonly<Record<string, string>>;

export class ApiHome {
  readonly home: Home;
  readonly api: Api;
  readonly calls: HubCalls;
  #people = 0;

  private constructor(home: Home, api: Api, calls: HubCalls) {
    this.home = home;
    this.api = api;
    this.calls = calls;
  }

  /** Ada has strap-1, Bea strap-2. */
  static async start(more: Partial<ApiOptions> = {}): Promise<ApiHome> {
    const home = new Home();
    const { started } = await home.start();
    await home.enroll('Ada', 'strap-1');
    await home.enroll('Bea', 'strap-2');
    const calls = hubCalls(home.hub);
    const call = (async (name: keyof HubCalls, ...args: unknown[]) =>
      (calls[name] as (...given: unknown[]) => unknown)(...args)) as ApiOptions['hub']['call'];
    const clock = (): number => home.nowMs;
    const feed = new Feed(
      { origin: started.origin, startedAt: 0, intervalMs: 10_000 },
      { snapshot: () => call('snapshot'), onListeners: () => undefined, clock },
    );
    const assets = async () => new Map();
    const api = await startApi({
      host: '127.0.0.1',
      port: 0,
      hub: { call, started },
      feed,
      assets,
      clock,
      ...more,
    });
    return new ApiHome(home, api, calls);
  }

  async stop(): Promise<void> {
    await this.api.close();
    this.home.remove();
  }

  /** The pseudonym of the patient in a slot. */
  patient(slot: number): string {
    return this.calls.snapshot().find((one) => one.slot === slot)?.id ?? '';
  }

  get(path: string, headers: Headers = {}): Promise<Response> {
    return fetch(`${this.api.url}${path}`, { headers });
  }

  post(path: string, body: unknown, headers: Headers = {}): Promise<Response> {
    return fetch(`${this.api.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
  }

  /** The cookie of somebody new, who was given the patients of these slots. */
  as(role: Role, patients: number[]): Promise<{ cookie: string }> {
    this.#people += 1;
    const { code } = addPerson(this.home.hub.vault, { name: `Person ${this.#people}`, role, patients });
    return this.#entered(code);
  }

  async operator(): Promise<{ cookie: string }> {
    return this.#entered(await this.calls.createLoginCode());
  }

  async #entered(code: string): Promise<{ cookie: string }> {
    const response = await this.post('/api/login', { code });
    return { cookie: response.headers.get('set-cookie')?.split(';')[0] ?? '' };
  }
}
