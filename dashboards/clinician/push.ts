// This browser asks to be told of alarms while the page is closed, and takes that back.

import { textOf } from './session.ts';
import { tellingText } from './text/telling.ts';

/** What this browser can do and does. */
export type PushState = 'impossible' | 'denied' | 'off' | 'on';

export async function pushState(): Promise<PushState> {
  if (!('serviceWorker' in navigator) || !('PushManager' in globalThis)) return 'impossible';
  if (Notification.permission === 'denied') return 'denied';
  const registration = await navigator.serviceWorker.getRegistration();
  if (registration === undefined) return 'impossible';
  return (await registration.pushManager.getSubscription()) === null ? 'off' : 'on';
}

/** Asks the visitor, then the browser's push service, then the hub. @returns why it came to nothing */
export async function startPush(): Promise<string | undefined> {
  if ((await Notification.requestPermission()) !== 'granted') return tellingText().push.notAllowed;
  const answer = await fetch('/api/push').catch(() => undefined);
  const key = answer?.ok ? textOf(await answer.json(), 'key') : undefined;
  if (key === undefined) return tellingText().noAnswer;
  try {
    const registration = await navigator.serviceWorker.ready;
    const subscription = await registration.pushManager.subscribe({
      userVisibleOnly: true,
      applicationServerKey: key,
    });
    const kept = await send('POST', subscription.toJSON());
    if (kept === undefined) return undefined;
    await subscription.unsubscribe();
    return kept;
  } catch {
    return tellingText().push.noService;
  }
}

/** @returns why it came to nothing */
export async function endPush(): Promise<string | undefined> {
  const registration = await navigator.serviceWorker.getRegistration();
  const subscription = await registration?.pushManager.getSubscription();
  if (!subscription) return undefined;
  const { endpoint } = subscription;
  await subscription.unsubscribe();
  // Where the hub cannot be told, the push service tells it at the next message.
  return send('DELETE', { endpoint });
}

async function send(method: string, body: unknown): Promise<string | undefined> {
  const answer = await fetch('/api/push', {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  }).catch(() => undefined);
  if (answer?.ok) return undefined;
  return textOf(await answer?.json().catch(() => undefined), 'error') ?? tellingText().noAnswer;
}
