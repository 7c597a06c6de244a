'use strict';

// The messages for the player when there is no verdict. Plain text: validator.js escapes it.

// After a fail the game hides the HACK button until the player goes back.
const TRY_AGAIN = 'To try again, press "< Back to tutorial", then HACK.';
const REPORT = 'Please report it where you got this extension';

const missions =
  'the mission "Twilio API Setup" (TwilioQuest) or "API Academy: Account Credentials" at the ' +
  'Statue of Truth (TerminalQuest)';

const noCredentials = (missing) =>
  `The game does not know your Twilio account yet: ${missing.join(' and ')} ` +
  `${missing.length > 1 ? 'are' : 'is'} missing. Complete ${missions}. Then come back here and ` +
  'press HACK.';

const unsafe = (url) =>
  `Nothing was sent, to keep your Auth Token safe. The URL of the challenge's service is ` +
  `"${url}", but it must begin with https:// unless the service runs on this computer. ` +
  `${REPORT}: its README says where to set the URL.`;

const tooSlow = (service) =>
  `The challenge's service at ${service} did not respond in time. Wait a minute. ${TRY_AGAIN}`;

const unreachable = (service) =>
  `The challenge's service at ${service} could not be reached. Check that you are online, and ` +
  `wait a minute. ${TRY_AGAIN} If it still fails, report it where you got this extension: the ` +
  'service must run at exactly this URL.';

const broken = () =>
  `Something went wrong in this challenge itself. ${REPORT}.`;

const notYet = (message) => `${message} Nothing is wrong so far. ${TRY_AGAIN}`;

const notFound = (message) =>
  `${message} The account of the game is in Settings, under Variables, as TQ_TWILIO_ACCOUNT_SID ` +
  `and TQ_TWILIO_AUTH_TOKEN. ${TRY_AGAIN}`;

const askForHelp = (requestId) => `If you ask for help, quote request ${requestId}.`;

/**
 * Return the message for a response without a verdict.
 *
 * The service's own `detail` is used if it was written for players, and its Retry-After header
 * if it has one.
 *
 * @param {{status: number, code: *, detail: string, retryAfter: ?string}} response
 * @param {string} service the service's URL
 */
function problem({ status, code, detail, retryAfter }, service) {
  if (status === 401) {
    return code === 'credentials_rejected' ? rejected(detail) : notForwarded(service);
  }
  if (status === 413) {
    return tooLong;
  }
  if (status === 429) {
    return `Too many submissions. Wait ${pause(retryAfter)}. ${TRY_AGAIN}`;
  }
  if (status >= 500) {
    const message = detail || outage(status, service);
    return `${message} ${retryAfter ? `Wait ${pause(retryAfter)}. ` : ''}${TRY_AGAIN}`;
  }
  return unexpected(status, service);
}

// The service's own words come last, because they may end with a URL.
const rejected = (detail) =>
  'The Twilio account that the game has saved does not work. Copy Account SID and Auth Token ' +
  'from https://console.twilio.com into the game again: Settings, Variables, ' +
  `TQ_TWILIO_ACCOUNT_SID and TQ_TWILIO_AUTH_TOKEN. ${TRY_AGAIN} ${detail}`.trim();

const notForwarded = (service) =>
  `The game sent your Twilio credentials, but they did not reach the challenge's service at ` +
  `${service}. ${REPORT}.`;

const tooLong =
  'That is far too long for a Message SID, which has 34 characters and begins with MM. Copy it ' +
  `again from Twilio's response. ${TRY_AGAIN}`;

const outage = (status, service) =>
  `The challenge's service at ${service} is not working right now (HTTP ${status}). Wait a ` +
  'minute.';

const unexpected = (status, service) =>
  `The challenge's service at ${service} did not respond as expected (HTTP ${status}). ` +
  `${REPORT}.`;

/** Return the delay of a Retry-After header in words; vague for a date or null. */
function pause(retryAfter) {
  const seconds = /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) : 0;
  if (seconds === 0) {
    return 'a little while';
  }
  if (seconds < 100) {
    return seconds === 1 ? 'a second' : `${seconds} seconds`;
  }
  return `${Math.ceil(seconds / 60)} minutes`;
}

module.exports = {
  askForHelp,
  broken,
  noCredentials,
  notFound,
  notYet,
  problem,
  tooSlow,
  unreachable,
  unsafe,
};
