// The style of the charts and strips comes when somebody is looked at closely: the list does without.

let loading: Promise<void> | undefined;

/** Adds the style sheet that the page names, once. Rejects where the hub does not give it; the next call tries anew. */
export function loadChartStyle(): Promise<void> {
  loading ??= load().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

function load(): Promise<void> {
  const path = document.querySelector<HTMLMetaElement>('meta[name="chart-style"]')?.content;
  return new Promise((resolve, reject) => {
    const link = document.createElement('link');
    link.rel = 'stylesheet';
    link.href = path ?? '';
    link.onload = () => resolve();
    link.onerror = () => {
      link.remove();
      reject(new Error('The hub did not give the style of the charts.'));
    };
    document.head.append(link);
  });
}
