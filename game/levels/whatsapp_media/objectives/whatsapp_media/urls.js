'use strict';

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** Return `text` as a URL, or null unless it is https://, or http:// to loopback. */
function secureUrl(text) {
  const url = parseUrl(text);
  return url !== null && isSecure(url) ? url : null;
}

function parseUrl(text) {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}

function isSecure({ protocol, hostname }) {
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname));
}

module.exports = { secureUrl };
