'use strict';

const assert = require('node:assert/strict');
const { test } = require('node:test');

const { shown } = require('./player');
const { answering, outcomeOf, problem, verdict } = require('./stand_in');

test('a pass is a success with its sentence, and saves nothing in the game', async (t) => {
  const { passed, message, env } = await outcomeOf(t, verdict({ message: 'A valid PNG file.' }));

  assert.deepEqual(
    { passed, message, env },
    { passed: true, message: 'A valid PNG file.', env: [] },
  );
});

test('a fail is a fail with its sentence', async (t) => {
  const failed = { result: 'fail', reason: 'no_media', message: 'Add a MediaUrl.' };
  const { passed, message } = await outcomeOf(t, verdict(failed));

  assert.deepEqual({ passed, message }, { passed: false, message: 'Add a MediaUrl.' });
});

test('a fail that may pass by itself says that nothing is wrong so far', async (t) => {
  const failed = { result: 'fail', reason: 'not_sent_yet', message: 'It is queued.', retry: true };
  const { passed, message } = await outcomeOf(t, verdict(failed));

  assert.equal(passed, false);
  assert.match(shown(message), /^It is queued\. Nothing is wrong so far\. To try again, press/);
});

for (const result of ['pass', 'fail']) {
  test(`markup in the sentence of a ${result} is escaped`, async (t) => {
    const message = `<img src="x" onerror='alert(1)'> & more`;
    const outcome = await outcomeOf(t, verdict({ result, message }));

    assert.equal(outcome.passed, result === 'pass');
    assert.equal(
      outcome.message,
      '&lt;img src=&quot;x&quot; onerror=&#39;alert(1)&#39;&gt; &amp; more',
    );
  });
}

test('a message that is not found says where the account of the game is', async (t) => {
  const failed = { result: 'fail', reason: 'message_not_found', message: 'It is not there.' };
  const { passed, message } = await outcomeOf(t, verdict(failed));

  assert.equal(passed, false);
  assert.match(message, /^It is not there\. The account of the game is in Settings/);
});

const WAY_BACK = ' To try again, press &quot;&lt; Back to tutorial&quot;, then HACK.';
const DETAIL = 'Twilio <b>fell</b> over. Try the same SID again a little later.';
const ESCAPED_DETAIL =
  'Twilio &lt;b&gt;fell&lt;/b&gt; over. Try the same SID again a little later.';

for (const [status, code] of [
  [500, 'internal_error'],
  [502, 'twilio_refused'],
  [502, 'twilio_unreachable'],
  [502, 'twilio_invalid_response'],
  [503, 'twilio_busy'],
  [504, 'twilio_timeout'],
]) {
  test(`${status} ${code} is told in the service's own words, escaped`, async (t) => {
    const { passed, message } = await outcomeOf(t, problem(status, code, DETAIL));

    assert.deepEqual({ passed, message }, { passed: false, message: ESCAPED_DETAIL + WAY_BACK });
  });
}

const problems = {
  'rejected credentials': {
    answer: problem(401, 'credentials_rejected', 'Twilio does not accept <these>.'),
    told: /TQ_TWILIO_ACCOUNT_SID and TQ_TWILIO_AUTH_TOKEN\. .* Twilio does not accept &lt;these&gt;\.$/,
  },
  'rejected credentials without a word why': {
    answer: problem(401, 'credentials_rejected', ''),
    told: /^The Twilio account that the game has saved does not work\. .*, then HACK\.$/,
  },
  'credentials that were lost on the way': {
    answer: problem(401, 'credentials_required', "Use curl's -u."),
    told: /sent your Twilio credentials, but they did not reach the challenge&#39;s service/,
  },
  'a door before the service': {
    answer: answering(401, '<h1>Members only</h1>', { 'WWW-Authenticate': 'Basic realm="Club"' }),
    told: /sent your Twilio credentials, but they did not reach the challenge&#39;s service/,
  },
  'something far too long in the field': {
    answer: problem(413, 'body_too_large', 'The request is too large.'),
    told: /^That is far too long for a Message SID/,
  },
  'too many tries': {
    answer: problem(429, 'rate_limited', 'Slow down.', { 'Retry-After': '30' }),
    told: /^Too many submissions\. Wait 30 seconds\. To try again, press &quot;&lt; Back to/,
  },
  'too many tries by a second': {
    answer: answering(429, '<h1>Slow down</h1>', { 'Retry-After': '1' }),
    told: /Wait a second\./,
  },
  'too many tries for an hour': {
    answer: problem(429, 'rate_limited', '', { 'Retry-After': '3599' }),
    told: /Wait 60 minutes\./,
  },
  'too many tries until some moment': {
    answer: problem(429, 'rate_limited', '', { 'Retry-After': 'Wed, 21 Oct 2026 07:28:00 GMT' }),
    told: /Wait a little while\./,
  },
  'too many tries, for nobody knows how long': {
    answer: problem(429, 'rate_limited', ''),
    told: /Wait a little while\./,
  },
  'a busy Twilio that says when it has time': {
    answer: problem(503, 'twilio_busy', 'Twilio is busy: try again.', { 'Retry-After': '5' }),
    told: /^Twilio is busy: try again\. Wait 5 seconds\. To try again, press .* then HACK\.$/,
  },
  'a 500 with a page of HTML': {
    answer: answering(500, '<!DOCTYPE html><h1>Internal Server Error</h1>'),
    told: /is not working right now \(HTTP 500\)\. Wait a minute\. To try again, press .* then HACK\.$/,
  },
  "a router's error page": {
    answer: answering(503, '<!DOCTYPE html><h1>Application error</h1>'),
    told: /is not working right now \(HTTP 503\)/,
  },
  'a page that is not there': {
    answer: problem(404, 'not_found', 'Submissions go to POST /validate.'),
    told: /did not respond as expected \(HTTP 404\)/,
  },
  'a request that the service does not understand': {
    answer: problem(400, 'malformed_request', 'Send a string.'),
    told: /did not respond as expected \(HTTP 400\)/,
  },
};

for (const [what, { answer, told }] of Object.entries(problems)) {
  test(`${what}: the player hears what to do`, async (t) => {
    const { passed, message } = await outcomeOf(t, answer);

    assert.equal(passed, false);
    assert.match(message, told);
    assert.ok(!message.includes('<'));
  });
}

const REQUEST_ID = 'req-1a2b.3c_4D';
const NO_REQUEST_IDS = [undefined, null, '', 17, 'r'.repeat(65), '<b>1</b>', 'req-1\n'];

for (const [what, answer] of [
  ['fail', (id) => verdict({ result: 'fail', message: 'Add a MediaUrl.', request_id: id })],
  ['problem', (id) => problem(503, 'twilio_busy', 'Twilio is busy.', {}, { request_id: id })],
]) {
  test(`a ${what} with a request_id tells the player to quote it`, async (t) => {
    const { message } = await outcomeOf(t, answer(REQUEST_ID));

    assert.ok(message.endsWith(`<small>If you ask for help, quote request ${REQUEST_ID}.</small>`));
  });

  for (const id of NO_REQUEST_IDS) {
    test(`a ${what} with ${JSON.stringify(id)} as request_id shows none`, async (t) => {
      const { message } = await outcomeOf(t, answer(id));

      assert.doesNotMatch(message, /quote request|</);
    });
  }
}

test('a pass shows no request_id', async (t) => {
  const { message } = await outcomeOf(t, verdict({ message: 'Done.', request_id: REQUEST_ID }));

  assert.equal(message, 'Done.');
});

test('a request_id that the problem names already is not named twice', async (t) => {
  const detail = `Something broke. Tell whoever runs this that it was request ${REQUEST_ID}.`;
  const broken = problem(500, 'internal_error', detail, {}, { request_id: REQUEST_ID });
  const { message } = await outcomeOf(t, broken);

  assert.equal(message, detail + WAY_BACK);
});
