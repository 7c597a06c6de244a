'use strict';

// The example code in the game's editor, run like in the game, against the local Twilio.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');
const vm = require('node:vm');

const twilio = require('twilio');

const { LocalTwilio } = require('./local_twilio');
const { OBJECTIVE, hack, helperOf, press } = require('./player');

const { SERVICE_URL, TWILIO_URL, ACCOUNT_SID, AUTH_TOKEN } = process.env;
const code = fs.readFileSync(path.join(OBJECTIVE, 'example.js'), 'utf8');

/** Run the example with these variables, and return what it prints until its last line. */
function run(env, isLast) {
  const connect = (...credentials) => {
    const client = twilio(...credentials);
    client.api.baseUrl = TWILIO_URL;
    return client;
  };
  return new Promise((resolve) => {
    const lines = [];
    const print = (line) => {
      lines.push(line);
      if (isLast(line)) resolve(lines);
    };
    const console = { log: print, error: print };
    vm.runInNewContext(code, { require: () => connect, process: { env }, console });
  });
}

test("the example sends a message that passes, with the player's own account", async () => {
  const account = { TQ_TWILIO_ACCOUNT_SID: ACCOUNT_SID, TQ_TWILIO_AUTH_TOKEN: AUTH_TOKEN };
  const lines = await run(account, (line) => /^MM/.test(line));
  const messageSid = lines.pop();
  await new LocalTwilio(TWILIO_URL, ACCOUNT_SID, AUTH_TOKEN).settled(messageSid);

  const hackHere = hack.hackWith({ patience: 15_000, twilio: TWILIO_URL });
  const env = { ...account, TQ_VALIDATOR_URL: SERVICE_URL };
  const { passed } = await press(hackHere, helperOf({ fields: { messageSid }, env }));

  assert.equal(passed, true);
});

test("the example prints Twilio's error message", async () => {
  const account = { TQ_TWILIO_ACCOUNT_SID: ACCOUNT_SID, TQ_TWILIO_AUTH_TOKEN: 'wrong' };
  const [line] = await run(account, () => true);

  assert.match(line, /^Twilio says: Authenticat/);
});

test('the code fits into the editor of the smallest window', () => {
  assert.deepEqual(code.split('\n').filter((line) => line.length > 64), []);
});
