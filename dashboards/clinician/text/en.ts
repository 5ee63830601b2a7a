// English: every text of the page that comes with the first load.

export const en = {
  overview: 'Overview',
  settings: 'Display',
};
export type Text = typeof en;
