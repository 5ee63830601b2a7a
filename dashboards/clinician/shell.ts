// The page's side of its service worker: registers it, and tells when the hub has a newer page than the one that is open.
// Nothing reloads by itself: a page that reloads is silent until it is touched again.

import { type ReadonlySignal, type Signal, signal } from '@preact/signals';

export type Shell = {
  /** The hub has a newer page than this one. */
  readonly newer: ReadonlySignal<boolean>;
  /** Asks whether it has: after the hub was away, it may be another. */
  readonly look: () => void;
};

const WORKER = '/worker.js';

/** Where there are no service workers (no TLS, a private window), the page works as it is. */
export function createShell(): Shell {
  const newer: Signal<boolean> = signal(false);
  const { serviceWorker } = navigator;
  let registration: ServiceWorkerRegistration | undefined;
  if (serviceWorker !== undefined) {
    // The first worker that takes over is of this page's own version.
    let controlled = serviceWorker.controller !== null;
    serviceWorker.addEventListener('controllerchange', () => {
      if (controlled) newer.value = true;
      controlled = true;
    });
    void serviceWorker.register(WORKER, { updateViaCache: 'none' }).then(
      (registered) => {
        registration = registered;
      },
      () => undefined,
    );
  }
  return { newer, look: () => void registration?.update().catch(() => undefined) };
}
