// Web Push in the service worker: the hub wakes this browser up, and it shows what it was told: by default an alarm, how
// urgent, and when. A touch opens the page, or comes back to the one that is open.

type Extendable = Event & { waitUntil(work: Promise<unknown>): void };
type Pushed = Extendable & { readonly data: { json(): unknown } | null };
type Touched = Extendable & { readonly notification: { close(): void } };
type OpenPage = { focus(): Promise<unknown> };
type PushScope = {
  readonly registration: {
    showNotification(title: string, options: Readonly<Record<string, unknown>>): Promise<void>;
  };
  readonly clients: {
    matchAll(options: { readonly type: 'window' }): Promise<readonly OpenPage[]>;
    openWindow(path: string): Promise<unknown>;
  };
  addEventListener(type: 'push', listen: (event: Pushed) => void): void;
  addEventListener(type: 'notificationclick', listen: (event: Touched) => void): void;
};
const pushScope = self as unknown as PushScope;

pushScope.addEventListener('push', (event) => {
  const { title, options } = toNotification(read(event.data));
  event.waitUntil(pushScope.registration.showNotification(title, options));
});

pushScope.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(
    pushScope.clients
      .matchAll({ type: 'window' })
      .then(([open]) => open?.focus() ?? pushScope.clients.openWindow('/')),
  );
});

function read(data: Pushed['data']): Record<string, unknown> {
  try {
    const said = data?.json();
    return typeof said === 'object' && said !== null ? (said as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** Something is always shown: a browser takes a push that shows nothing for an abuse. */
function toNotification(said: Record<string, unknown>): {
  title: string;
  options: Readonly<Record<string, unknown>>;
} {
  const { id, kind, priority, at, title, text } = said;
  const high = priority === 'high';
  return {
    title: typeof title === 'string' ? title : kind === 'test' ? 'Heartwood: a test' : 'Heartwood: an alarm',
    options: {
      body: typeof text === 'string' ? text : 'Open Heartwood.',
      icon: '/icon-192.png',
      requireInteraction: high,
      // What came twice is shown once.
      ...(typeof id === 'string' && { tag: id }),
      ...(typeof at === 'number' && { timestamp: at }),
    },
  };
}
