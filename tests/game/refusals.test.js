'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');

const { hack, helperOf, press } = require('./player');

/** Press HACK with these variables, assert that no request is sent, and return the message. */
async function refused(t, env) {
  const sent = t.mock.method(globalThis, 'fetch', () =>
    Promise.reject(new TypeError('no network')),
  );
  const { passed, message } = await press(hack, helperOf({ env }));
  assert.equal(sent.mock.calls.length, 0);
  assert.equal(passed, false);
  return message;
}

/** Press HACK with this TQ_VALIDATOR_URL, and return the URLs of the requests. */
async function requestedUrls(t, url) {
  const sent = t.mock.method(globalThis, 'fetch', () =>
    Promise.reject(new TypeError('no network')),
  );
  await press(hack, helperOf({ env: { TQ_VALIDATOR_URL: url } }));
  return sent.mock.calls.map((call) => call.arguments[0]);
}

/** Set the URL of service.json until the end of the test. */
function setServiceUrl(t, url) {
  const settings = require('../../game/service.json');
  const { url: before } = settings;
  t.after(() => Object.assign(settings, { url: before }));
  settings.url = url;
}

for (const [what, env, named] of [
  ['no account', { TQ_TWILIO_ACCOUNT_SID: undefined }, ['TQ_TWILIO_ACCOUNT_SID']],
  ['a blank token', { TQ_TWILIO_AUTH_TOKEN: ' ' }, ['TQ_TWILIO_AUTH_TOKEN']],
  [
    'neither',
    { TQ_TWILIO_ACCOUNT_SID: '', TQ_TWILIO_AUTH_TOKEN: undefined },
    ['TQ_TWILIO_ACCOUNT_SID', 'TQ_TWILIO_AUTH_TOKEN'],
  ],
]) {
  test(`with ${what} set, nothing is sent and the message names what is missing`, async (t) => {
    const message = await refused(t, env);

    assert.deepEqual(message.match(/TQ_\w+/g), named);
  });
}

for (const url of [
  'http://validator.example.com',
  'http://192.168.1.7:8000',
  'http://0.0.0.0:8000',
  'http://localhost.example.com',
  'http://127.0.0.1.example.com',
  'http://localhost@example.com',
  'http://[::2]:8000',
  'ftp://localhost',
  'file:///etc/passwd',
  'localhost:8000',
  'validator.example.com',
  'https://',
]) {
  test(`credentials are not sent to ${url}`, async (t) => {
    const message = await refused(t, { TQ_VALIDATOR_URL: url });

    assert.match(message, /https:\/\//);
    assert.ok(message.includes(url));
  });
}

for (const [url, requested] of [
  ['https://validator.example.com', 'https://validator.example.com/validate'],
  ['HTTPS://Validator.Example.com:443', 'https://validator.example.com/validate'],
  ['http://localhost:8000', 'http://localhost:8000/validate'],
  ['http://127.1.2.3:80', 'http://127.1.2.3/validate'],
  ['http://[::1]:8000/', 'http://[::1]:8000/validate'],
  ['https://user:secret@example.com', 'https://example.com/validate'],
  ['', 'http://localhost:8000/validate'],
  [' ', 'http://localhost:8000/validate'],
  [undefined, 'http://localhost:8000/validate'],
]) {
  test(`credentials may be sent to ${JSON.stringify(url)}`, async (t) => {
    assert.deepEqual(await requestedUrls(t, url), [requested]);
  });
}

for (const [what, settings, saved, requested] of [
  ['service.json', 'https://file.example/a/', undefined, 'https://file.example/a/validate'],
  ['TQ_VALIDATOR_URL first', 'https://file.example', 'https://a.example', 'https://a.example/validate'],
]) {
  test(`the URL of the service is that in ${what}`, async (t) => {
    setServiceUrl(t, settings);

    assert.deepEqual(await requestedUrls(t, saved), [requested]);
  });
}

for (const url of [undefined, '', 'validator.example.com', ['http://10.0.0.1']]) {
  test(`nothing is sent while service.json has ${JSON.stringify(url)} as URL`, async (t) => {
    setServiceUrl(t, url);

    assert.match(await refused(t, {}), /must begin with https:/);
  });
}

test('HTML in the URL is escaped', async (t) => {
  const message = await refused(t, { TQ_VALIDATOR_URL: 'http://<img src=x onerror="alert(1)">' });

  assert.ok(message.includes('&lt;img src=x onerror=&quot;alert(1)&quot;&gt;'));
  assert.ok(!message.includes('<'));
});

test('an unexpected helper leads to exactly one fail', async () => {
  const helper = { ...helperOf(), validationFields: undefined };

  const { passed, message } = await press(hack, helper);

  assert.equal(passed, false);
  assert.match(message, /^Something went wrong in this challenge/);
});
