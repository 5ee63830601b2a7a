// English: every text of the page that comes with the first load.

export const en = {
  overview: 'Overview',
  print: 'Print a summary',
  settings: 'Display',
};
export type Text = typeof en;
