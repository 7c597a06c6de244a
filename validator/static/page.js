'use strict';

// Tells that a submission is under way. The page does the rest without this.

// Longer than a validation takes by default: whoever still sees the page has stopped its loading.
const LONGEST_WAIT_MS = 15000;

const form = document.querySelector('form');
const remark = document.getElementById('remark');
const button = form.querySelector('button');

function wait() {
  button.disabled = true;
  remark.textContent = 'Looking at your message…';
  setTimeout(stopWaiting, LONGEST_WAIT_MS);
}

function stopWaiting() {
  button.disabled = false;
  remark.textContent = '';
}

form.addEventListener('submit', wait);
// Somebody who comes back to this page finds it as it was left.
window.addEventListener('pageshow', stopWaiting);
