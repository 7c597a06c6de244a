'use strict';

const assert = require('node:assert/strict');
const path = require('node:path');

const LEVEL = path.resolve(__dirname, '../../game/levels/whatsapp_media');
const OBJECTIVE = path.join(LEVEL, 'objectives/whatsapp_media');

const hack = require(path.join(OBJECTIVE, 'validator'));

const ACCOUNT_SID = `AC${'1'.repeat(32)}`;
const AUTH_TOKEN = 'fake-auth-token';
const MESSAGE_SID = `MM${'aB'.repeat(16)}`;

/** Return a fake of the game's helper, with the player's input and saved variables. */
function helperOf({ fields = { messageSid: MESSAGE_SID }, env = {} } = {}) {
  const outcomes = [];
  return {
    validationFields: fields,
    env: { TQ_TWILIO_ACCOUNT_SID: ACCOUNT_SID, TQ_TWILIO_AUTH_TOKEN: AUTH_TOKEN, ...env },
    getNormalizedInput(name, { lowerCase = true, trim = true } = {}) {
      const value = fields[name] || '';
      const trimmed = trim ? value.trim() : value;
      return lowerCase ? trimmed.toLowerCase() : trimmed;
    },
    success: (message, env = []) => outcomes.push({ passed: true, message, env }),
    fail: (message) => outcomes.push({ passed: false, message }),
    outcomes,
  };
}

// After a fail the game hides the HACK button until the player goes back.
const WAY_BACK = /&lt; Back to tutorial|come back here/;

/** Press HACK as the game does, and return the only outcome. */
async function press(hack, helper) {
  await hack(helper, () => assert.fail('the game passes this for validators of an older kind'));
  assert.equal(helper.outcomes.length, 1);
  const [outcome] = helper.outcomes;
  assert.notEqual(outcome.message.trim(), '');
  if (!outcome.passed && outcome.message.includes('HACK')) {
    assert.match(outcome.message, WAY_BACK);
  }
  return outcome;
}

/** Return the text of an HTML message. */
function shown(message) {
  return message
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, '&');
}

module.exports = {
  ACCOUNT_SID,
  AUTH_TOKEN,
  LEVEL,
  MESSAGE_SID,
  OBJECTIVE,
  hack,
  helperOf,
  press,
  shown,
};
