'use strict';

const { once } = require('node:events');
const http = require('node:http');

const { hack, helperOf, press } = require('./player');

/** Start a stand-in for the service until the end of the test; it records its requests. */
async function standIn(t, respond) {
  const requests = [];
  const server = http.createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    requests.push({ method: request.method, url: request.url, headers: request.headers, body });
    respond(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  t.after(stop);
  return { url: `http://127.0.0.1:${server.address().port}`, requests, stop };
}

/** Press HACK with a stand-in that responds like this, and return the outcome. */
async function outcomeOf(t, respond, validator = hack) {
  const { url } = await standIn(t, respond);
  const outcome = await press(validator, helperOf({ env: { TQ_VALIDATOR_URL: url } }));
  return { ...outcome, url };
}

/** Return a function that sends a response; a body that is not a string is sent as JSON. */
function responding(status, body, headers = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return (response) => response.writeHead(status, headers).end(text);
}

/** Return a function that sends a passing verdict with these changes. */
function verdict(members) {
  const passed = { result: 'pass', reason: null, message: 'Well done.', retry: false };
  return responding(200, { ...passed, ...members });
}

/** Return a function that sends a problem document (RFC 9457). */
function problem(status, code, detail, headers = {}, members = {}) {
  const body = { type: 'about:blank', title: 'Odd', status, detail, code, ...members };
  return responding(status, body, headers);
}

module.exports = { responding, outcomeOf, problem, standIn, verdict };
