'use strict';

// The game runs this in an Electron window of 2020 or earlier. That has `fetch` and `require`, but
// neither `AbortSignal.timeout` nor `?.` nor `node:` modules.

const sentences = require('./sentences');

/** Where the challenge validator answers, unless the game's TQ_VALIDATOR_URL says otherwise. */
const SERVICE_URL = 'http://localhost:8000';

/** Longer than the service ever takes: 10 seconds for a validation, and one for overhead. */
const PATIENCE_MS = 15000;

const CREDENTIALS = ['TQ_TWILIO_ACCOUNT_SID', 'TQ_TWILIO_AUTH_TOKEN'];
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;
const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Why there is no verdict on the player's message, in words for the player. */
class NoVerdictError extends Error {}

/**
 * Make the function that the game calls when the player presses HACK.
 *
 * The game passes it more than the helper, does not wait for it, and does not catch what it
 * throws: whatever happens, it calls either `helper.success` or `helper.fail`, once.
 *
 * @param {number} patience how long to wait for the service's answer, in milliseconds
 * @returns {function(object): Promise<void>} the validator, which takes the game's helper
 */
function hackWithin(patience) {
  return async (helper) => {
    const { passed, sentence } = await judge(helper, patience);
    if (passed) {
      helper.success(escapeHtml(sentence));
    } else {
      helper.fail(escapeHtml(sentence));
    }
  };
}

async function judge({ validationFields, env }, patience) {
  try {
    const service = serviceAddress(env);
    const authorization = basicAuthorization(env);
    // The game leaves out a field that nobody has typed into.
    const submission = { sid: validationFields.messageSid || '' };
    return readVerdict(await post(service, authorization, submission, patience), service);
  } catch (error) {
    const told = error instanceof NoVerdictError;
    return { passed: false, sentence: told ? error.message : sentences.broken() };
  }
}

/** The service's address without a slash at its end, if credentials are safe on the way there. */
function serviceAddress(env) {
  const address = setting(env, 'TQ_VALIDATOR_URL') || SERVICE_URL;
  const url = parseUrl(address);
  if (url === null || !keepsSecrets(url)) {
    throw new NoVerdictError(sentences.unsafe(address));
  }
  return url.origin + url.pathname.replace(/\/+$/, '');
}

function parseUrl(address) {
  try {
    return new URL(address);
  } catch {
    return null;
  }
}

function keepsSecrets({ protocol, hostname }) {
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname));
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
  const stopwatch = new AbortController();
  const timer = setTimeout(() => stopwatch.abort(), patience);
  try {
    const response = await fetch(`${service}/validate`, {
      method: 'POST',
      headers: { Authorization: authorization, 'Content-Type': 'application/json' },
      body: JSON.stringify(submission),
      // Wherever a redirect leads, the player's credentials do not belong there.
      redirect: 'error',
      // No cookies, and no window that asks for a password when the answer is 401.
      credentials: 'omit',
      signal: stopwatch.signal,
    });
    return {
      status: response.status,
      retryAfter: response.headers.get('Retry-After'),
      body: parseObject(await response.text()),
    };
  } catch {
    const { tooSlow, unreachable } = sentences;
    throw new NoVerdictError(stopwatch.signal.aborted ? tooSlow(service) : unreachable(service));
  } finally {
    clearTimeout(timer);
  }
}

/** The members of a JSON object; none where the text is anything else. */
function parseObject(text) {
  try {
    return { ...JSON.parse(text) };
  } catch {
    return {};
  }
}

function readVerdict({ status, retryAfter, body }, service) {
  const { result, message, retry, code } = body;
  if (status !== 200 || !['pass', 'fail'].includes(result) || !isText(message)) {
    const detail = isText(body.detail) ? body.detail : '';
    throw new NoVerdictError(sentences.problem({ status, code, detail, retryAfter }, service));
  }
  const sentence = retry === true ? sentences.notYet(message) : message;
  return { passed: result === 'pass', sentence };
}

function isText(value) {
  return typeof value === 'string' && value.trim() !== '';
}

/** The game shows what it is told as HTML. */
function escapeHtml(text) {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]);
}

module.exports = hackWithin(PATIENCE_MS);
module.exports.hackWithin = hackWithin;
