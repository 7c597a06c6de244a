'use strict';

// Submits without leaving the page, so that the player types the credentials only once, and submits
// again by itself while the result is "not yet" or there is a Retry-After. Without this script, the
// browser submits the form. Credentials stay in the form's fields until the page is left.

const LONGEST_WAIT_MS = 60_000;
const SECOND_MS = 1_000;
const MOST_TRIES = 10;
const LONGEST_COUNTDOWN_S = 120;

const form = document.querySelector('form');
const account = document.getElementById('account');
const button = document.getElementById('hack');
const statusLine = document.getElementById('status');
const result = document.getElementById('result');

let submitting = false;
let countdown = 0;
let tries = 0;

/** Submit the form and show the result. `byItself`: the countdown submits, not the player. */
async function submit(byItself) {
  if (submitting) {
    return;
  }
  stopCountdown();
  tries = byItself ? tries + 1 : 0;
  setSubmitting(true);
  try {
    show(await post(), byItself);
  } catch {
    clearResult();
    say('No result came back. Check your connection, then press HACK again.');
  } finally {
    setSubmitting(false);
  }
}

async function post() {
  const response = await fetch(form.action, {
    method: 'POST',
    headers: { Accept: 'text/html' },
    body: new URLSearchParams(new FormData(form)),
    signal: AbortSignal.timeout(LONGEST_WAIT_MS),
  });
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  const section = page.querySelector('#result > section');
  if (section === null) {
    throw new Error(`no result, status ${response.status}`);
  }
  const { status, headers } = response;
  return { status, section, title: page.title, retryAfter: Number(headers.get('Retry-After')) };
}

function show({ status, section, title, retryAfter }, byItself) {
  const isElsewhere = ![document.body, ...result.querySelectorAll('*')].includes(
    document.activeElement,
  );
  result.replaceChildren(section);
  document.title = title;
  offerCopy(section);
  if (status === 401 && account !== null) {
    account.open = true;
  }
  announce(section, byItself, isElsewhere);
  const wait = retryAfter || ('retry' in section.dataset && Math.min(5 * (tries + 1), 30));
  if (wait && wait <= LONGEST_COUNTDOWN_S && tries < MOST_TRIES) {
    startCountdown(section, wait);
  }
}

/** Move the focus to the result, unless the player reads or types elsewhere meanwhile. */
function announce(section, byItself, isElsewhere) {
  const heading = section.querySelector('h2');
  if (byItself && isElsewhere) {
    say(`${heading.textContent}. ${section.querySelector('#hint').textContent}`);
  } else {
    say('');
    heading.focus({ preventScroll: byItself });
  }
}

function clearResult() {
  stopCountdown();
  result.replaceChildren();
  document.title = document.title.replace(/^.*: /, '');
}

function startCountdown(section, seconds) {
  const line = section.querySelector('.banner').appendChild(document.createElement('p'));
  const left = line.appendChild(document.createElement('span'));
  const stop = line.appendChild(document.createElement('button'));
  line.className = 'countdown';
  stop.type = 'button';
  stop.className = 'small';
  stop.textContent = 'Stop';
  stop.addEventListener('click', () => {
    stopCountdown();
    form.querySelector('input').focus();
  });
  const end = Date.now() + seconds * SECOND_MS;
  const tick = () => {
    const rest = Math.ceil((end - Date.now()) / SECOND_MS);
    left.textContent = `Trying again in ${Math.max(rest, 0)} s`;
    if (rest <= 0) {
      submit(true);
    }
  };
  tick();
  countdown = setInterval(tick, SECOND_MS);
}

function stopCountdown() {
  clearInterval(countdown);
  result.querySelector('.countdown')?.remove();
}

function setSubmitting(now) {
  submitting = now;
  button.setAttribute('aria-disabled', now);
  form.setAttribute('aria-busy', now);
  if (now) {
    say('Checking your message…');
  }
}

/** Set the status line, once per text: screen readers read it out whenever it is set. */
function say(words) {
  if (statusLine.textContent !== words) {
    statusLine.textContent = words;
  }
}

function offerCopy(section) {
  const copy = section.querySelector('[data-copy]');
  if (copy === null || navigator.clipboard === undefined) {
    return;
  }
  copy.hidden = false;
  copy.addEventListener('click', async () => {
    await navigator.clipboard.writeText(section.querySelector('.curl pre').textContent);
    copy.textContent = 'Copied';
  });
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  submit(false);
});
form.addEventListener('input', stopCountdown);
form.addEventListener('reset', () => {
  clearResult();
  say('');
});
account?.querySelector('[type=reset]').addEventListener('click', () => {
  account.querySelector('input').focus();
});
// Otherwise "Back" would show the credentials to the next person at this computer.
window.addEventListener('pagehide', () => form.reset());
for (const section of result.children) {
  offerCopy(section);
}
