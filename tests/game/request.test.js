'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');

const { ACCOUNT_SID, AUTH_TOKEN, MESSAGE_SID, hack, helperOf, press } = require('./player');
const { standIn, verdict } = require('./stand_in');

/** Press HACK, and return the only request that the stand-in receives. */
async function requestOf(t, { fields, env, path = '' } = {}) {
  const { url, requests } = await standIn(t, verdict());
  await press(hack, helperOf({ fields, env: { ...env, TQ_VALIDATOR_URL: url + path } }));
  assert.equal(requests.length, 1);
  return requests[0];
}

test('the SID is sent exactly as typed', async (t) => {
  const { method, url, headers, body } = await requestOf(t);

  assert.equal(`${method} ${url}`, 'POST /validate');
  assert.equal(headers['content-type'], 'application/json');
  assert.deepEqual(JSON.parse(body), { sid: MESSAGE_SID });
});

test('an empty field is sent as an empty SID', async (t) => {
  const { body } = await requestOf(t, { fields: {} });

  assert.deepEqual(JSON.parse(body), { sid: '' });
});

test("the player's credentials are sent in the Authorization header only", async (t) => {
  const { headers, ...rest } = await requestOf(t);
  const { authorization, ...otherHeaders } = headers;

  const [scheme, pair] = authorization.split(' ');
  assert.equal(scheme, 'Basic');
  assert.equal(Buffer.from(pair, 'base64').toString(), `${ACCOUNT_SID}:${AUTH_TOKEN}`);
  const elsewhere = JSON.stringify([rest, otherHeaders]);
  for (const secret of [ACCOUNT_SID, AUTH_TOKEN, pair]) {
    assert.ok(!elsewhere.includes(secret));
  }
});

test('white space around saved credentials is stripped', async (t) => {
  const env = {
    TQ_TWILIO_ACCOUNT_SID: ` ${ACCOUNT_SID}\n`,
    TQ_TWILIO_AUTH_TOKEN: `${AUTH_TOKEN} `,
  };
  const { headers } = await requestOf(t, { env });

  const expected = Buffer.from(`${ACCOUNT_SID}:${AUTH_TOKEN}`).toString('base64');
  assert.equal(headers.authorization, `Basic ${expected}`);
});

for (const [path, expected] of [
  ['/', '/validate'],
  ['/quest', '/quest/validate'],
  ['/quest//', '/quest/validate'],
  ['/quest?debug=1#top', '/quest/validate'],
]) {
  test(`a service at ${path} gets the request at ${expected}`, async (t) => {
    const { url } = await requestOf(t, { path });

    assert.equal(url, expected);
  });
}

test('nothing is logged', async (t) => {
  const names = ['debug', 'error', 'info', 'log', 'warn'];
  const logs = names.map((name) => t.mock.method(console, name));

  await requestOf(t);

  assert.deepEqual(
    logs.map(({ mock }) => mock.calls),
    [[], [], [], [], []],
  );
});
