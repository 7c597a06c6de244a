'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');

const { ACCOUNT_SID, AUTH_TOKEN, MESSAGE_SID, hack, helperOf, press } = require('./player');
const { responding, standIn, verdict } = require('./stand_in');

const MEDIA_SID = `ME${'c'.repeat(32)}`;
const SIGNED_URL = "https://mms.twiliocdn.com/AC1/'owl'?Expires=1&Signature=x";

const image = { sid: MEDIA_SID, content_type: 'image/png', format: 'PNG', result: 'pass' };
const redirecting = (Location) => responding(307, '<TwilioResponse/>', { Location });

/** Return the message after a pass with these members, when Twilio responds like this. */
async function passed(t, members, respond = redirecting(SIGNED_URL), env = {}) {
  const service = await standIn(t, verdict({ sid: MESSAGE_SID, media: [image], ...members }));
  const twilio = await standIn(t, respond);
  const hackHere = hack.hackWith({ patience: 5000, twilio: twilio.url });
  const helper = helperOf({ env: { TQ_VALIDATOR_URL: service.url, ...env } });
  const { passed: success, message } = await press(hackHere, helper);
  assert.equal(success, true);
  return { message, requests: twilio.requests };
}

for (const format of ['PNG', 'JPEG']) {
  test(`a ${format} that the player sent is shown, from its signed URL`, async (t) => {
    const { message } = await passed(t, { media: [{ ...image, format }] });

    assert.match(message, /^Well done\.<img src="https:[^"<>]*" [^<>]* onerror="this.remove\(\)">$/);
    assert.ok(message.includes('/AC1/&#39;owl&#39;?Expires=1&amp;Signature=x"'));
  });
}

test('only Twilio gets the credentials for the picture', async (t) => {
  const { message, requests } = await passed(t, {});

  const [{ method, url, headers }] = requests;
  assert.equal(requests.length, 1);
  const messages = `/2010-04-01/Accounts/${ACCOUNT_SID}/Messages`;
  assert.equal(`${method} ${url}`, `GET ${messages}/${MESSAGE_SID}/Media/${MEDIA_SID}`);
  const pair = Buffer.from(`${ACCOUNT_SID}:${AUTH_TOKEN}`).toString('base64');
  assert.equal(headers.authorization, `Basic ${pair}`);
  assert.ok(!message.includes(AUTH_TOKEN) && !message.includes(pair));
});

test('the first picture is shown if there are several files', async (t) => {
  const song = { ...image, sid: `ME${'d'.repeat(32)}`, content_type: 'audio/mpeg' };
  const { requests } = await passed(t, { media: [song, image] });

  assert.ok(requests[0].url.endsWith(MEDIA_SID));
});

for (const [what, members, env] of [
  ['a PDF', { media: [{ ...image, content_type: 'application/pdf' }] }],
  ['no media', { media: [] }],
  ['media that are not a list', { media: 'PNG' }],
  ['a media item that is null', { media: [null] }],
  ['a malformed media SID', { media: [{ ...image, sid: `${MEDIA_SID}"` }] }],
  ['a media SID that is not a string', { media: [{ ...image, sid: [MEDIA_SID] }] }],
  ['a malformed message SID', { sid: `${MESSAGE_SID}/../..` }],
  ['no message SID', { sid: undefined }],
  ['a malformed Account SID', {}, { TQ_TWILIO_ACCOUNT_SID: `${ACCOUNT_SID}\n/` }],
]) {
  test(`${what}: a pass without a picture, and Twilio gets no request`, async (t) => {
    const { message, requests } = await passed(t, members, undefined, env);

    assert.equal(message, 'Well done.');
    assert.deepEqual(requests, []);
  });
}

for (const [what, respond] of [
  ['rejects the credentials', responding(401, '{"code": 20003}')],
  ['has no such file', responding(404, '{"code": 20404}')],
  ['redirects without a Location', responding(307, '')],
  ['redirects to plain HTTP', redirecting('http://media.twiliocdn.com/owl')],
  ['redirects to a script', redirecting('javascript:alert(1)')],
  ['closes the connection', (response) => response.destroy()],
  ['never responds', () => {}],
]) {
  test(`Twilio ${what}: a pass without a picture`, async (t) => {
    const { message } = await passed(t, {}, respond);

    assert.equal(message, 'Well done.');
  });
}
