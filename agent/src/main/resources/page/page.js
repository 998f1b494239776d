// The page is complete without this script. It keeps distances to now up to date, and takes over what the server has written anew.
'use strict';

const offline = document.getElementById('offline');

// The node's clock counts, not that of the machine with the browser.
const skew = Date.parse(document.querySelector('main').dataset.now) - Date.now();
const now = () => Date.now() + skew;

const distance = ms => {
  const s = Math.round(Math.abs(ms) / 1000);
  if (s < 120) return s + ' s';
  if (s < 7200) return Math.round(s / 60) + ' min';
  return s < 172800 ? Math.round(s / 3600) + ' h' : Math.round(s / 86400) + ' days';
};

const tick = (root, at) => {
  for (const time of root.querySelectorAll('time[data-live]')) {
    const ms = Date.parse(time.dateTime) - at;
    const text = time.dataset.live === 'left'
      ? (ms > 0 ? distance(ms) + ' left' : 'deadline passed ' + distance(ms) + ' ago')
      : time.textContent.replace(/ \(.*$/, '') + ' ('
        + (ms > 0 ? 'in ' + distance(ms) : distance(ms) + ' ago').replaceAll(' ', '\u00a0') + ')';
    if (time.textContent !== text) time.textContent = text;
  }
};

// Only what differs is replaced: a screen reader says a heading anew when it is another one, and a selection stays.
const take = html => {
  const fresh = new DOMParser().parseFromString(html, 'text/html');
  const at = now();
  tick(fresh, at);
  tick(document, at);
  for (const part of fresh.querySelectorAll('[data-part]')) {
    const here = document.getElementById(part.id);
    if (!here) continue;
    if (here.className !== part.className) here.className = part.className;
    if (part.dataset.part !== 'class' && here.innerHTML !== part.innerHTML) here.replaceChildren(...part.childNodes);
  }
  document.title = fresh.title;
};

const lost = gone => {
  if (offline.hidden === gone) {
    offline.hidden = !gone;
    offline.textContent = gone ? 'The agent does not answer. This page shows its last known state and tries again.' : '';
  }
};

let loading = false;
let again = false;
const refresh = async () => {
  if (loading) {
    again = true;
    return;
  }
  loading = true;
  do {
    again = false;
    try {
      const answer = await fetch('.', { cache: 'no-store', signal: AbortSignal.timeout(10000) });
      if (!answer.ok) throw new Error(String(answer.status));
      take(await answer.text());
      lost(false);
    } catch {
      lost(true);
    }
  } while (again);
  loading = false;
};

// When the agent has as many listeners as it takes, or a proxy cuts the stream for good, the page asks by itself.
let asking = 0;
const events = new EventSource('api/v1/state/events');
events.addEventListener('state', refresh);
events.addEventListener('open', refresh);
events.addEventListener('error', () => {
  refresh();
  if (events.readyState === EventSource.CLOSED && !asking) asking = setInterval(refresh, 5000);
});

setInterval(() => tick(document, now()), 500);
