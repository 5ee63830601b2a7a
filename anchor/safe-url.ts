// Which addresses outside may be called: by TLS, or on this machine, and with nothing in them that could carry a secret or
// turn a path into a query.

/** The address without a slash at its end; undefined for one that is not https://HOST[:PORT][/PATH], or http:// on this machine. */
export function safeUrl(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const loopback = ['127.0.0.1', '[::1]', 'localhost'].includes(url?.hostname ?? '');
  const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && loopback);
  const bare = url?.search === '' && url.hash === '' && url.username === '';
  return safe && bare ? url.href.replace(/\/+$/, '') : undefined;
}
