'use strict';

// What the player reads where no verdict was reached. Plain text: the validator escapes it.

const NOT_YOURS = 'That is not about your message:';

const noCredentials = (missing) =>
  `The game does not know your Twilio account yet: it has no ${missing.join(' and no ')}. Connect ` +
  'your account in the basic training mission, then come back and press HACK again.';

const unsafe = (address) =>
  `Nothing was sent, to keep your Auth Token safe: the challenge validator's address is ` +
  `${address}, but it must begin with https:// unless it is on this computer. ${NOT_YOURS} tell ` +
  'the author of this extension.';

const tooSlow = (service) =>
  `The challenge validator at ${service} takes too long to answer. ${NOT_YOURS} press HACK again ` +
  'in a minute.';

const unreachable = (service) =>
  `The challenge validator gives no answer at ${service}. ${NOT_YOURS} see that you are online ` +
  'and that the validator runs exactly there, then press HACK again.';

const broken = () =>
  `Something broke in this challenge itself. ${NOT_YOURS} tell the author of this extension.`;

const notYet = (message) => `${message} Nothing is wrong so far: do not send another message.`;

/**
 * What to say of an answer that holds no verdict.
 *
 * The service's own `detail` is used where it was written for the player, and its Retry-After
 * wherever there is one.
 *
 * @param {{status: number, code: *, detail: string, retryAfter: ?string}} answer
 * @param {string} service the service's address
 */
function problem({ status, code, detail, retryAfter }, service) {
  if (status === 401) {
    return code === 'credentials_rejected' ? rejected(detail) : notPassedOn(service);
  }
  if (status === 413) {
    return tooLong;
  }
  if (status === 429) {
    return `You pressed HACK too often. Wait ${pause(retryAfter)}, then press it again.`;
  }
  if (status >= 500) {
    const told = detail || outage(status, service);
    return retryAfter ? `${told} Wait ${pause(retryAfter)} before you do.` : told;
  }
  return strange(status, service);
}

const rejected = (detail) =>
  `${detail || 'Twilio does not accept your credentials.'} The game keeps them in Settings, under ` +
  'Variables, as TQ_TWILIO_ACCOUNT_SID and TQ_TWILIO_AUTH_TOKEN.';

const notPassedOn = (service) =>
  `The challenge validator at ${service} says that it got no Twilio credentials, though the game ` +
  `sent yours. ${NOT_YOURS} tell whoever runs the validator.`;

const tooLong =
  'That is far too long for a Message SID, which is MM and 32 more characters. Copy it again ' +
  "from Twilio's answer.";

const outage = (status, service) =>
  `The challenge validator at ${service} is out of order (HTTP ${status}). ${NOT_YOURS} try again ` +
  'in a minute.';

const strange = (status, service) =>
  `What answers at ${service} is no challenge validator, or not the right one (HTTP ${status}). ` +
  `${NOT_YOURS} tell the author of this extension.`;

/** How long a Retry-After header asks to wait, in words; it may also hold a date, or be missing. */
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

module.exports = { broken, noCredentials, notYet, problem, tooSlow, unreachable, unsafe };
