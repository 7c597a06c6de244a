'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');

const { hack, helperOf, press } = require('./player');

/** Press HACK with these saved values, and see to it that nothing is sent anywhere. */
async function refused(t, env) {
  const sent = t.mock.method(globalThis, 'fetch', () =>
    Promise.reject(new TypeError('no network')),
  );
  const { passed, message } = await press(hack, helperOf({ env }));
  assert.equal(sent.mock.calls.length, 0);
  assert.equal(passed, false);
  return message;
}

/** Press HACK with this address saved, and give the address that the request goes to. */
async function askedAt(t, address) {
  const sent = t.mock.method(globalThis, 'fetch', () =>
    Promise.reject(new TypeError('no network')),
  );
  await press(hack, helperOf({ env: { TQ_VALIDATOR_URL: address } }));
  return sent.mock.calls.map((call) => call.arguments[0]);
}

/** Let service.json name this URL, until the end of the test. */
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
  test(`with ${what} saved, nothing is sent and the player hears what is missing`, async (t) => {
    const message = await refused(t, env);

    assert.deepEqual(message.match(/TQ_\w+/g), named);
  });
}

for (const address of [
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
  test(`credentials are not sent to ${address}`, async (t) => {
    const message = await refused(t, { TQ_VALIDATOR_URL: address });

    assert.match(message, /https:\/\//);
    assert.ok(message.includes(address));
  });
}

for (const [address, asked] of [
  ['https://validator.example.com', 'https://validator.example.com/validate'],
  ['HTTPS://Validator.Example.com:443', 'https://validator.example.com/validate'],
  ['http://localhost:8000', 'http://localhost:8000/validate'],
  ['http://127.1.2.3:80', 'http://127.1.2.3/validate'],
  ['http://[::1]:8000/', 'http://[::1]:8000/validate'],
  ['https://somebody:secret@example.com', 'https://example.com/validate'],
  ['', 'http://localhost:8000/validate'],
  [' ', 'http://localhost:8000/validate'],
  [undefined, 'http://localhost:8000/validate'],
]) {
  test(`credentials may be sent to ${JSON.stringify(address)}`, async (t) => {
    assert.deepEqual(await askedAt(t, address), [asked]);
  });
}

for (const [what, settings, saved, asked] of [
  ['service.json', 'https://file.example/a/', undefined, 'https://file.example/a/validate'],
  ['TQ_VALIDATOR_URL first', 'https://file.example', 'https://a.example', 'https://a.example/validate'],
]) {
  test(`the URL of the service is that in ${what}`, async (t) => {
    setServiceUrl(t, settings);

    assert.deepEqual(await askedAt(t, saved), [asked]);
  });
}

for (const url of [undefined, '', 'validator.example.com', ['http://10.0.0.1']]) {
  test(`nothing is sent while service.json has ${JSON.stringify(url)} as URL`, async (t) => {
    setServiceUrl(t, url);

    assert.match(await refused(t, {}), /must begin with https:/);
  });
}

test('an address with markup in it is escaped', async (t) => {
  const message = await refused(t, { TQ_VALIDATOR_URL: 'http://<img src=x onerror="alert(1)">' });

  assert.ok(message.includes('&lt;img src=x onerror=&quot;alert(1)&quot;&gt;'));
  assert.ok(!message.includes('<'));
});

test('a helper that is not as it should be still leads to one answer', async () => {
  const helper = { ...helperOf(), validationFields: undefined };

  const { passed, message } = await press(hack, helper);

  assert.equal(passed, false);
  assert.match(message, /^Something went wrong in this challenge/);
});
