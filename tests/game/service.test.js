'use strict';

// The HACK button against the real service and the local Twilio, which test_game.py starts.

const assert = require('node:assert/strict');
const { test } = require('node:test');

const { LocalTwilio, SMS_SENDER } = require('./local_twilio');
const { hack, helperOf, press, shown } = require('./player');
const { standIn, verdict } = require('./stand_in');

const { SERVICE_URL, TWILIO_URL, ACCOUNT_SID, AUTH_TOKEN } = process.env;
const REASONS = process.env.REASONS.split(' ');
const ACCOUNT = { TQ_TWILIO_ACCOUNT_SID: ACCOUNT_SID, TQ_TWILIO_AUTH_TOKEN: AUTH_TOKEN };

const twilio = new LocalTwilio(TWILIO_URL, ACCOUNT_SID, AUTH_TOKEN);
const hackHere = hack.hackWith({ patience: 15_000, twilio: TWILIO_URL });

const SUBMISSIONS = {
  sid_missing: () => '',
  sid_not_mm: () => twilio.send({ To: '+15005550006', From: SMS_SENDER }),
  sid_malformed: () => `MM${'0'.repeat(31)}`,
  message_not_found: () => `MM${'0'.repeat(32)}`,
  not_outbound: () => twilio.sendSample('owl.png', { To: 'whatsapp:+15005550105' }),
  not_whatsapp: () => twilio.sendSample('owl.png', { To: '+15005550006', From: SMS_SENDER }),
  not_sent_yet: () => twilio.sendSample('owl.png', { To: 'whatsapp:+15005550101' }),
  not_delivered: () => twilio.sendSample('owl.png', { To: 'whatsapp:+15005550016' }),
  no_media: async () => {
    const sid = await twilio.sendSample('owl.png');
    await twilio.deleteMedia(sid);
    return sid;
  },
  format_not_allowed: () => twilio.sendSample('animation.gif'),
  content_mismatch: () => twilio.sendSample('disguised.png'),
};
// The local Twilio removes a deleted file from the list, too.
const NOT_REPRODUCIBLE = ['media_unavailable'];

/** Press HACK with a player's account, and return the outcome. */
function hackAt(url, messageSid, account = ACCOUNT) {
  return press(
    hackHere,
    helperOf({ fields: { messageSid }, env: { ...account, TQ_VALIDATOR_URL: url } }),
  );
}

async function submit(sid) {
  const response = await fetch(`${SERVICE_URL}/validate`, {
    method: 'POST',
    headers: { Authorization: twilio.authorization },
    body: new URLSearchParams({ sid }),
  });
  return response.json();
}

test('every reason code is covered', () => {
  assert.deepEqual([...Object.keys(SUBMISSIONS), ...NOT_REPRODUCIBLE].sort(), REASONS.sort());
});

for (const sample of [
  'owl.png',
  'photo.jpg',
  'song.mp3',
  'voice.ogg',
  'voice.amr',
  'invoice.pdf',
]) {
  test(`${sample} over WhatsApp passes`, async () => {
    const { passed, message } = await hackAt(SERVICE_URL, await twilio.sendSample(sample));

    assert.equal(passed, true);
    assert.match(message, /^Well done/);
  });
}

for (const sample of ['owl.png', 'photo.jpg']) {
  test(`${sample} is shown to the player who sent it`, async () => {
    const { message } = await hackAt(SERVICE_URL, await twilio.sendSample(sample));

    const [, src] = shown(message).match(/<img src="([^"]*)"/);
    const picture = await fetch(src);
    assert.match(picture.headers.get('Content-Type'), /^image\//);
    assert.ok(!message.includes(ACCOUNT.TQ_TWILIO_AUTH_TOKEN));
  });
}

test('a document is not shown', async () => {
  const { message } = await hackAt(SERVICE_URL, await twilio.sendSample('invoice.pdf'));

  assert.doesNotMatch(message, /</);
});

for (const [reason, send] of Object.entries(SUBMISSIONS)) {
  test(`${reason}: the player sees the service's message`, async () => {
    const sid = await send();
    const submitted = await submit(sid);

    const { passed, message } = await hackAt(SERVICE_URL, sid);

    assert.equal(submitted.reason, reason);
    assert.equal(passed, false);
    assert.ok(shown(message).startsWith(submitted.message));
    assert.equal(message.includes('Nothing is wrong so far'), submitted.retry);
  });
}

for (const reason of NOT_REPRODUCIBLE) {
  test(`${reason}, from a stand-in: the player sees the service's message`, async (t) => {
    const { url } = await standIn(t, verdict({ result: 'fail', reason, message: 'It is gone.' }));

    const { passed, message } = await hackAt(url, `MM${'0'.repeat(32)}`);

    assert.deepEqual({ passed, message }, { passed: false, message: 'It is gone.' });
  });
}

test('white space around a pasted SID is ignored', async () => {
  const { passed } = await hackAt(SERVICE_URL, ` ${await twilio.sendSample('owl.png')}\n`);

  assert.equal(passed, true);
});

test("a wrong Auth Token is rejected, and the message says where to correct it", async () => {
  const account = { ...ACCOUNT, TQ_TWILIO_AUTH_TOKEN: 'another-token' };

  const { passed, message } = await hackAt(SERVICE_URL, `MM${'0'.repeat(32)}`, account);

  assert.equal(passed, false);
  assert.match(message, /Settings, Variables, TQ_TWILIO_ACCOUNT_SID/);
});

test('a malformed Account SID is rejected, and the message says where to correct it', async () => {
  const account = { ...ACCOUNT, TQ_TWILIO_ACCOUNT_SID: 'my account' };

  const { passed, message } = await hackAt(SERVICE_URL, `MM${'0'.repeat(32)}`, account);

  assert.equal(passed, false);
  assert.match(message, /Settings, Variables, TQ_TWILIO_ACCOUNT_SID/);
});

test('an input above the body limit is too long', async () => {
  const { passed, message } = await hackAt(SERVICE_URL, 'MM'.repeat(10_000));

  assert.equal(passed, false);
  assert.match(message, /^That is far too long for a Message SID/);
});

test('a wrong path of the service is reported with its HTTP status', async () => {
  const { passed, message } = await hackAt(`${SERVICE_URL}/healthz`, `MM${'0'.repeat(32)}`);

  assert.equal(passed, false);
  assert.match(message, /did not respond as expected \(HTTP 404\)/);
});
