'use strict';

// Finds a URL of the picture that the player sent.
//
// Twilio's API requires credentials and redirects to a signed URL, which needs none. An <img>
// cannot send credentials, so Node's client requests the redirect, without following it.
// Source: https://www.twilio.com/docs/messaging/api/media-resource

const http = require('http');
const https = require('https');

const { secureUrl } = require('./urls');

const IMAGE = /^image\//i;
const TIMEOUT_MS = 3000;

/**
 * Return the signed URL of the first image in a verdict, or null without one.
 *
 * @param {{sid: *, media: *}} verdict the service's response
 * @param {string} accountSid the account that sent the message
 * @param {string} authorization the Authorization header for Twilio, with the player's credentials
 * @param {string} twilio the URL of Twilio's API
 * @returns {Promise<?URL>}
 */
async function pictureOf({ sid, media }, accountSid, authorization, twilio) {
  const image = Array.isArray(media) && media.find((item) => IMAGE.test(item.content_type));
  if (!image || !isSid('AC', accountSid) || !isSid('MM', sid) || !isSid('ME', image.sid)) {
    return null;
  }
  const path = `/2010-04-01/Accounts/${accountSid}/Messages/${sid}/Media/${image.sid}`;
  return redirectOf(twilio + path, authorization);
}

function isSid(prefix, text) {
  return typeof text === 'string' && new RegExp(`^${prefix}[0-9a-fA-F]{32}$`).test(text);
}

function redirectOf(url, authorization) {
  const { get } = url.startsWith('https:') ? https : http;
  const headers = { Authorization: authorization, 'User-Agent': 'twilioquest-whatsapp-media' };
  return new Promise((resolve) => {
    const request = get(url, { headers }, (response) => {
      response.destroy();
      resolve(secureUrl(response.headers.location));
    });
    const timer = setTimeout(() => request.destroy(), TIMEOUT_MS);
    request.on('error', () => resolve(null));
    request.on('close', () => clearTimeout(timer));
  });
}

module.exports = { pictureOf };
