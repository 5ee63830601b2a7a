// English: every text of the page that comes with the first load.

export const en = {
  settings: 'Display',
};
export type Text = typeof en;
