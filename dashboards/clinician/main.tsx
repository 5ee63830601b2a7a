// The clinician's page: takes the login code out of the address, draws the app, and starts the feed.

import { render } from 'preact';
import { App } from './components/app.tsx';
import { createPage } from './page.ts';
import { takeLoginCode } from './session.ts';
import { startLanguage } from './text/language.ts';
import { startTheme } from './theme.ts';

const root = document.getElementById('page');
if (root === null) throw new Error('index.html has no #page');

startTheme();
const code = takeLoginCode(location, history);
const page = createPage();
void startLanguage().then(() => {
  render(<App page={page} />, root);
  return page.start(code);
});

// A new link opened in the tab where the page stands already changes the fragment only.
addEventListener('hashchange', () => {
  const fresh = takeLoginCode(location, history);
  page.readAddress();
  if (fresh !== undefined) void page.enter({ code: fresh });
});
