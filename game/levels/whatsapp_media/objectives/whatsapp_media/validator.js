'use strict';

// The game runs this in an Electron window of 2020 or earlier. That has `fetch` and `require`, but
// neither `AbortSignal.timeout` nor `?.` nor `node:` modules.

const { pictureOf } = require('./picture');
const sentences = require('./sentences');
const { secureUrl } = require('./urls');

const SETTINGS_FILE = '../../../../service.json';

/** Timeout of the request: longer than the service's deadline, 10 seconds, and its overhead, 1. */
const PATIENCE_MS = 15000;

const TWILIO_URL = 'https://api.twilio.com';
const CREDENTIALS = ['TQ_TWILIO_ACCOUNT_SID', 'TQ_TWILIO_AUTH_TOKEN'];
const REQUEST_ID = /^[\w.-]{1,64}$/;
const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** There is no verdict on the player's message; the error's message is for the player. */
class NoVerdictError extends Error {
  constructor(message, requestId) {
    super(message);
    this.requestId = requestId;
  }
}

/**
 * Return the function that the game calls when the player presses HACK.
 *
 * The game passes further arguments after the helper, does not await the promise, and does not
 * catch errors. So it never rejects, and calls `helper.success` or `helper.fail` exactly once.
 *
 * @param {{patience: number, twilio: string}} options the timeout of the service's response in
 *   milliseconds, and the URL of Twilio's API
 * @returns {function(object): Promise<void>} the validator, which takes the game's helper
 */
function hackWith({ patience, twilio }) {
  return async (helper) => {
    const { passed, html } = await judge(helper, patience, twilio);
    if (passed) {
      helper.success(html);
    } else {
      helper.fail(html);
    }
  };
}

async function judge({ validationFields, env }, patience, twilio) {
  try {
    const service = serviceUrl(env);
    const authorization = basicAuthorization(env);
    // The game omits a field that is empty.
    const submission = { sid: validationFields.messageSid || '' };
    const response = await post(service, authorization, submission, patience);
    const verdict = readVerdict(response, service);
    if (verdict.result === 'fail') {
      return { passed: false, html: failure(verdict.message, verdict.request_id) };
    }
    const account = setting(env, CREDENTIALS[0]);
    const picture = await pictureOf(verdict, account, authorization, twilio).catch(() => null);
    return { passed: true, html: success(verdict.message, picture) };
  } catch (error) {
    const known = error instanceof NoVerdictError ? error : new NoVerdictError(sentences.broken());
    return { passed: false, html: failure(known.message, known.requestId) };
  }
}

/** Return the service's URL without a trailing slash; throws NoVerdictError if it is unsafe. */
function serviceUrl(env) {
  const configured = setting(env, 'TQ_VALIDATOR_URL') || configuredUrl();
  const url = secureUrl(configured);
  if (url === null) {
    throw new NoVerdictError(sentences.unsafe(configured));
  }
  return url.origin + url.pathname.replace(/\/+$/, '');
}

function configuredUrl() {
  try {
    return String(require(SETTINGS_FILE).url);
  } catch {
    return '';
  }
}

function basicAuthorization(env) {
  const missing = CREDENTIALS.filter((name) => setting(env, name) === '');
  if (missing.length > 0) {
    throw new NoVerdictError(sentences.noCredentials(missing));
  }
  const pair = CREDENTIALS.map((name) => setting(env, name)).join(':');
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

function setting(env, name) {
  return (env[name] || '').trim();
}

async function post(service, authorization, submission, patience) {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), patience);
  try {
    const response = await fetch(`${service}/validate`, {
      method: 'POST',
      headers: { Authorization: authorization, 'Content-Type': 'application/json' },
      body: JSON.stringify(submission),
      // Following a redirect could send the player's credentials to another host.
      redirect: 'error',
      // No cookies, and no password prompt after a 401.
      credentials: 'omit',
      signal: controller.signal,
    });
    return {
      status: response.status,
      retryAfter: response.headers.get('Retry-After'),
      body: parseObject(await response.text()),
    };
  } catch {
    const { tooSlow, unreachable } = sentences;
    throw new NoVerdictError(controller.signal.aborted ? tooSlow(service) : unreachable(service));
  } finally {
    clearTimeout(timer);
  }
}

/** Return a JSON object, empty if the text is not JSON. */
function parseObject(text) {
  try {
    return { ...JSON.parse(text) };
  } catch {
    return {};
  }
}

function readVerdict({ status, retryAfter, body }, service) {
  const { result, message, code } = body;
  if (status !== 200 || !['pass', 'fail'].includes(result) || !isText(message)) {
    const detail = isText(body.detail) ? body.detail : '';
    const sentence = sentences.problem({ status, code, detail, retryAfter }, service);
    throw new NoVerdictError(sentence, body.request_id);
  }
  return { ...body, message: inTheGame(body) };
}

/** Return what the service says of a message, with what only the game can add. */
function inTheGame({ message, retry, reason }) {
  if (retry === true) {
    return sentences.notYet(message);
  }
  return reason === 'message_not_found' ? sentences.notFound(message) : message;
}

function isText(value) {
  return typeof value === 'string' && value.trim() !== '';
}

/** Return HTML, which the game inserts into its page unescaped. */
function success(sentence, picture) {
  if (picture === null) {
    return escapeHtml(sentence);
  }
  const src = escapeHtml(picture.href);
  const style = 'display: block; max-width: 100%; max-height: 30vh; margin: 12px auto';
  return `${escapeHtml(sentence)}<img src="${src}" style="${style}" onerror="this.remove()">`;
}

function failure(sentence, requestId) {
  const valid = typeof requestId === 'string' && REQUEST_ID.test(requestId);
  if (!valid || sentence.includes(requestId)) {
    return escapeHtml(sentence);
  }
  return `${escapeHtml(sentence)}<br><small>${sentences.askForHelp(requestId)}</small>`;
}

function escapeHtml(text) {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]);
}

module.exports = hackWith({ patience: PATIENCE_MS, twilio: TWILIO_URL });
module.exports.hackWith = hackWith;
