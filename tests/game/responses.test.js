'use strict';

const assert = require('node:assert/strict');
const { shown } = require('./player');
const { test } = require('node:test');

const { responding, outcomeOf, problem, verdict } = require('./stand_in');

test('a pass calls success with the message, and saves no variables', async (t) => {
  const { passed, message, env } = await outcomeOf(t, verdict({ message: 'A valid PNG file.' }));

  assert.deepEqual(
    { passed, message, env },
    { passed: true, message: 'A valid PNG file.', env: [] },
  );
});

test('a fail calls fail with the message', async (t) => {
  const failed = { result: 'fail', reason: 'no_media', message: 'Add a MediaUrl.' };
  const { passed, message } = await outcomeOf(t, verdict(failed));

  assert.deepEqual({ passed, message }, { passed: false, message: 'Add a MediaUrl.' });
});

test('a fail with retry: true says that nothing is wrong so far', async (t) => {
  const failed = { result: 'fail', reason: 'not_sent_yet', message: 'It is queued.', retry: true };
  const { passed, message } = await outcomeOf(t, verdict(failed));

  assert.equal(passed, false);
  assert.match(shown(message), /^It is queued\. Nothing is wrong so far\. To try again, press/);
});

for (const result of ['pass', 'fail']) {
  test(`HTML in the message of a ${result} is escaped`, async (t) => {
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
  test(`${status} ${code} shows the service's detail, escaped`, async (t) => {
    const { passed, message } = await outcomeOf(t, problem(status, code, DETAIL));

    assert.deepEqual({ passed, message }, { passed: false, message: ESCAPED_DETAIL + WAY_BACK });
  });
}

const problems = {
  'rejected credentials': {
    respond: problem(401, 'credentials_rejected', 'Twilio does not accept <these>.'),
    shown: /TQ_TWILIO_ACCOUNT_SID and TQ_TWILIO_AUTH_TOKEN\. .* Twilio does not accept &lt;these&gt;\.$/,
  },
  'rejected credentials without a detail': {
    respond: problem(401, 'credentials_rejected', ''),
    shown: /^The Twilio account that the game has saved does not work\. .*, then HACK\.$/,
  },
  'credentials_required: a proxy removed the Authorization header': {
    respond: problem(401, 'credentials_required', "Use curl's -u."),
    shown: /sent your Twilio credentials, but they did not reach the challenge&#39;s service/,
  },
  'a 401 from a reverse proxy': {
    respond: responding(401, '<h1>Members only</h1>', { 'WWW-Authenticate': 'Basic realm="Club"' }),
    shown: /sent your Twilio credentials, but they did not reach the challenge&#39;s service/,
  },
  '413: an input that is too long': {
    respond: problem(413, 'body_too_large', 'The request is too large.'),
    shown: /^That is far too long for a Message SID/,
  },
  '429 with Retry-After in seconds': {
    respond: problem(429, 'rate_limited', 'Slow down.', { 'Retry-After': '30' }),
    shown: /^Too many submissions\. Wait 30 seconds\. To try again, press &quot;&lt; Back to/,
  },
  '429 with Retry-After of one second': {
    respond: responding(429, '<h1>Slow down</h1>', { 'Retry-After': '1' }),
    shown: /Wait a second\./,
  },
  '429 with Retry-After in minutes': {
    respond: problem(429, 'rate_limited', '', { 'Retry-After': '3599' }),
    shown: /Wait 60 minutes\./,
  },
  '429 with a date in Retry-After': {
    respond: problem(429, 'rate_limited', '', { 'Retry-After': 'Wed, 21 Oct 2026 07:28:00 GMT' }),
    shown: /Wait a little while\./,
  },
  '429 without Retry-After': {
    respond: problem(429, 'rate_limited', ''),
    shown: /Wait a little while\./,
  },
  '503 twilio_busy with Retry-After': {
    respond: problem(503, 'twilio_busy', 'Twilio is busy: try again.', { 'Retry-After': '5' }),
    shown: /^Twilio is busy: try again\. Wait 5 seconds\. To try again, press .* then HACK\.$/,
  },
  'a 500 with an HTML page': {
    respond: responding(500, '<!DOCTYPE html><h1>Internal Server Error</h1>'),
    shown: /is not working right now \(HTTP 500\)\. Wait a minute\. To try again, press .* then HACK\.$/,
  },
  "a 503 from a load balancer": {
    respond: responding(503, '<!DOCTYPE html><h1>Application error</h1>'),
    shown: /is not working right now \(HTTP 503\)/,
  },
  '404 not_found': {
    respond: problem(404, 'not_found', 'Submissions go to POST /validate.'),
    shown: /did not respond as expected \(HTTP 404\)/,
  },
  '400 malformed_request': {
    respond: problem(400, 'malformed_request', 'Send a string.'),
    shown: /did not respond as expected \(HTTP 400\)/,
  },
};

for (const [what, { respond, shown }] of Object.entries(problems)) {
  test(`${what}: the message says what to do`, async (t) => {
    const { passed, message } = await outcomeOf(t, respond);

    assert.equal(passed, false);
    assert.match(message, shown);
    assert.ok(!message.includes('<'));
  });
}

const REQUEST_ID = 'req-1a2b.3c_4D';
const NO_REQUEST_IDS = [undefined, null, '', 17, 'r'.repeat(65), '<b>1</b>', 'req-1\n'];

for (const [what, respond] of [
  ['fail', (id) => verdict({ result: 'fail', message: 'Add a MediaUrl.', request_id: id })],
  ['problem', (id) => problem(503, 'twilio_busy', 'Twilio is busy.', {}, { request_id: id })],
]) {
  test(`a ${what} with a request_id says to quote it`, async (t) => {
    const { message } = await outcomeOf(t, respond(REQUEST_ID));

    assert.ok(message.endsWith(`<small>If you ask for help, quote request ${REQUEST_ID}.</small>`));
  });

  for (const id of NO_REQUEST_IDS) {
    test(`a ${what} with ${JSON.stringify(id)} as request_id shows none`, async (t) => {
      const { message } = await outcomeOf(t, respond(id));

      assert.doesNotMatch(message, /quote request|</);
    });
  }
}

test('a pass shows no request_id', async (t) => {
  const { message } = await outcomeOf(t, verdict({ message: 'Done.', request_id: REQUEST_ID }));

  assert.equal(message, 'Done.');
});

test('a request_id that is in the detail is not repeated', async (t) => {
  const detail = `Something broke. Tell whoever runs this that it was request ${REQUEST_ID}.`;
  const broken = problem(500, 'internal_error', detail, {}, { request_id: REQUEST_ID });
  const { message } = await outcomeOf(t, broken);

  assert.equal(message, detail + WAY_BACK);
});
