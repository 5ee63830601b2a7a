// Keeps the page itself, so that it opens while the hub is away and says so. It keeps the files that its own build
// names and nothing else: no answer of the interface, so no vital sign, is ever in a cache.
//
// A page that is opened asks the hub first, so that what runs is what the hub has; only when no answer comes is it the
// copy that was kept whole with it. Script and style carry their content's hash in their name: those kept are those meant.

export {};

/** Set by the build: every path of the shell, and the hash of all of it. */
declare const SHELL_PATHS: readonly string[];
declare const SHELL_VERSION: string;

type Extendable = Event & { waitUntil(work: Promise<unknown>): void };
type Fetching = Extendable & {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
};
type WorkerScope = {
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install' | 'activate', listen: (event: Extendable) => void): void;
  addEventListener(type: 'fetch', listen: (event: Fetching) => void): void;
};
const scope = self as unknown as WorkerScope;

const PREFIX = 'shell ';
const CACHE: string = PREFIX + SHELL_VERSION;
const PAGE = '/';
/** Someone who opens the page waits no longer for a hub that does not answer. */
const PAGE_WITHIN_MS = 4_000;

scope.addEventListener('install', (event) => {
  event.waitUntil(
    keepShell().then(() => {
      // Safe beside a page of the version before: it finds its files in its own cache.
      void scope.skipWaiting();
    }),
  );
});

scope.addEventListener('activate', (event) => {
  event.waitUntil(dropOld().then(() => scope.clients.claim()));
});

scope.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== location.origin) return;
  if (request.mode === 'navigate') {
    if (pathname === PAGE) event.respondWith(openPage(request));
    return;
  }
  if (pathname.startsWith('/assets/') || (pathname !== PAGE && SHELL_PATHS.includes(pathname)))
    event.respondWith(keptFile(request, pathname));
});

/** All of it or none: half a shell would open to nothing. A page that names other files than these is refused. */
async function keepShell(): Promise<void> {
  const cache = await caches.open(CACHE);
  const answer = await fetch(PAGE, { cache: 'no-cache' });
  const named = [...(await answer.clone().text()).matchAll(/\/assets\/[\w.-]+/g)].map(([path]) => path);
  if (!answer.ok || named.some((path) => !SHELL_PATHS.includes(path)))
    throw new Error('the page is of another version');
  await cache.addAll(SHELL_PATHS.filter((path) => path !== PAGE));
  await cache.put(PAGE, answer);
}

/** This shell and the one before stay: a page that is still open may load a part of it. */
async function dropOld(): Promise<void> {
  const others = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  for (const name of others.slice(0, -1)) await caches.delete(name);
}

async function openPage(request: Request): Promise<Response> {
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PAGE_WITHIN_MS) });
    if (answer.status < 500) return answer;
  } catch {
    // The hub is away.
  }
  return (await caches.match(PAGE, { cacheName: CACHE })) ?? Response.error();
}

async function keptFile(request: Request, path: string): Promise<Response> {
  const kept =
    (await caches.match(path, { cacheName: CACHE })) ?? (await caches.match(path, { ignoreVary: true }));
  return kept ?? fetch(request);
}
