'use strict';

// Tells a SID's mistakes while it is typed, and that a submission is under way. The page does the
// rest without this, and nothing here keeps anybody from submitting: judging is the service's.

const SID_LENGTH = 34;
const OTHER_SIDS = {
  AC: 'your account',
  ME: 'one media file of a message',
  SK: 'an API key',
  SM: 'a text message without media',
};

// What the service forgives around a SID: white space, and characters that nobody sees.
const PADDING = /[\s\u001c-\u001f\u0085\u200b-\u200f\u2060]/;
const AROUND = new RegExp(`^${PADDING.source}+|${PADDING.source}+$`, 'g');

// Longer than a validation takes by default: whoever still sees the page has stopped its loading.
const LONGEST_WAIT_MS = 15000;

const form = document.querySelector('form');
const field = document.getElementById('sid');
const remark = document.getElementById('remark');
const button = form.querySelector('button');

/** What is wrong with a SID as far as it goes, in words for the player; '' where nothing is. */
function mistakeIn(sid) {
  const start = sid.slice(0, 2);
  if (!'MM'.startsWith(start)) {
    return mistakeInStart(start);
  }
  const stray = sid.slice(2).match(/[^0-9a-fA-F]/u);
  if (stray !== null) {
    return mistakeInDigits(stray[0]);
  }
  return sid.length > SID_LENGTH ? wrongLength(sid) : '';
}

function mistakeInStart(start) {
  if ('MM'.startsWith(start.toUpperCase())) {
    return 'Write MM in capitals.';
  }
  if (start in OTHER_SIDS) {
    return `${start} begins the SID of ${OTHER_SIDS[start]}. A media message's begins with MM.`;
  }
  return /^["'`“‘]/.test(start)
    ? 'Leave out the quotes around the SID.'
    : 'The SID of a media message begins with MM.';
}

function mistakeInDigits(stray) {
  return PADDING.test(stray)
    ? 'There is a space, or something invisible, within the SID.'
    : `“${stray}” cannot be in a SID: after MM come digits from 0 to 9 and a to f.`;
}

function wrongLength(sid) {
  return `A SID has ${SID_LENGTH} characters, and this has ${sid.length}.`;
}

/** Remark on what is in the field; on its being too short only once it is `complete`. */
function check(complete) {
  const sid = field.value.replace(AROUND, '');
  const tooShort = complete && sid !== '' && sid.length < SID_LENGTH;
  const mistake = mistakeIn(sid) || (tooShort ? wrongLength(sid) : '');
  field.setAttribute('aria-invalid', mistake !== '');
  say(mistake);
}

/** Say it once: what is said anew is read out anew. */
function say(words) {
  if (remark.textContent !== words) {
    remark.textContent = words;
  }
}

function wait() {
  button.disabled = true;
  say('Looking at your message…');
  setTimeout(stopWaiting, LONGEST_WAIT_MS);
}

function stopWaiting() {
  if (button.disabled) {
    button.disabled = false;
    say('');
  }
}

field.addEventListener('input', (event) => check(event.inputType === 'insertFromPaste'));
field.addEventListener('change', () => check(true));
form.addEventListener('submit', wait);
// Somebody who comes back to this page finds it as it was left.
window.addEventListener('pageshow', stopWaiting);
