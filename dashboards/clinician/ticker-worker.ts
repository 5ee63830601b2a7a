// A clock in a thread of its own. A browser lets the timers of a hidden page run once a minute; a worker's run on, so that
// a page in the background still notices a lost link in time, and sounds.

setInterval(() => postMessage(0), 500);
