'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');

const { hack, helperOf, press, shown } = require('./player');
const { responding, outcomeOf, standIn, verdict } = require('./stand_in');

const { hackWith } = hack;
const SHORT_MS = 100;

for (const [what, body] of [
  ['a web page', '<!DOCTYPE html><title>Welcome to the hotel</title>'],
  ['nothing', ''],
  ['truncated JSON', '{"result": "pass", "message": "Well d'],
  ['null', 'null'],
  ['a list', '[{"result": "pass", "message": "Well done."}]'],
  ['a string', '"pass"'],
  ['no result', { message: 'Well done.' }],
  ['an unknown result', { result: 'PASS', message: 'Well done.' }],
  ['no message', { result: 'pass' }],
  ['a blank message', { result: 'pass', message: ' ' }],
  ['a message that is not a string', { result: 'pass', message: ['Well done.'] }],
  ['a problem', { status: 200, detail: 'Well done.', code: 'odd' }],
]) {
  test(`a response with ${what} is not a verdict`, async (t) => {
    const { passed, message } = await outcomeOf(t, responding(200, body));

    assert.equal(passed, false);
    assert.match(message, /did not respond as expected \(HTTP 200\)/);
  });
}

test('a verdict with a status other than 200 is invalid', async (t) => {
  const { passed } = await outcomeOf(t, responding(203, { result: 'pass', message: 'Well done.' }));

  assert.equal(passed, false);
});

for (const status of [301, 302, 303, 307, 308]) {
  test(`a redirect with ${status} is not followed`, async (t) => {
    const elsewhere = await standIn(t, verdict());
    const Location = `${elsewhere.url}/validate`;

    const { passed, message, url } = await outcomeOf(t, responding(status, '', { Location }));

    assert.equal(passed, false);
    assert.ok(shown(message).startsWith(`The challenge's service at ${url} could not be reached.`));
    assert.deepEqual(elsewhere.requests, []);
  });
}

test('a refused connection is reported as an unreachable service', async (t) => {
  const { url, stop } = await standIn(t, verdict());
  stop();

  const { passed, message } = await press(hack, helperOf({ env: { TQ_VALIDATOR_URL: url } }));

  assert.equal(passed, false);
  assert.match(message, /could not be reached\. Check that you are online/);
});

for (const [what, respond] of [
  ['before its response', (response) => response.destroy()],
  [
    'in the middle of its response',
    (response) => {
      response.writeHead(200, { 'Content-Length': 1000 }).write('{"result": "pass"');
      setTimeout(() => response.destroy(), 10);
    },
  ],
]) {
  test(`a service that closes the connection ${what} is unreachable`, async (t) => {
    const { passed, message } = await outcomeOf(t, respond);

    assert.equal(passed, false);
    assert.match(message, /could not be reached/);
  });
}

for (const [what, respond] of [
  ['never responds', () => {}],
  ['stalls in the middle of its response', (response) => response.writeHead(200).write('{"result":')],
]) {
  test(`a service that ${what} times out`, async (t) => {
    const { passed, message } = await outcomeOf(t, respond, hackWith({ patience: SHORT_MS }));

    assert.equal(passed, false);
    assert.match(message, /did not respond in time\. Wait a minute\. To try again/);
  });
}

test('the default timeout is longer than the deadline of the service', async (t) => {
  const waits = t.mock.method(globalThis, 'setTimeout').mock;

  await outcomeOf(t, verdict());

  assert.ok(waits.calls.some(({ arguments: [, delay] }) => delay > 11_000 && delay <= 20_000));
});
