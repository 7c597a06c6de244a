'use strict';

const { once } = require('node:events');
const http = require('node:http');

const { hack, helperOf, press } = require('./player');

/** A server in the validator's place, until the end of the test, that remembers what it is sent. */
async function standIn(t, answer) {
  const requests = [];
  const server = http.createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    requests.push({ method: request.method, url: request.url, headers: request.headers, body });
    answer(response);
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

/** What comes of pressing HACK where a stand-in answers like this. */
async function outcomeOf(t, answer, validator = hack) {
  const { url } = await standIn(t, answer);
  const outcome = await press(validator, helperOf({ env: { TQ_VALIDATOR_URL: url } }));
  return { ...outcome, url };
}

/** An answer with that status and body, which is sent as JSON unless it is text. */
function answering(status, body, headers = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return (response) => response.writeHead(status, headers).end(text);
}

/** An answer with the members that a verdict has, and such others as are given. */
function verdict(members) {
  const passed = { result: 'pass', reason: null, message: 'Well done.', retry: false };
  return answering(200, { ...passed, ...members });
}

/** An answer with the members that a problem has. */
function problem(status, code, detail, headers = {}, members = {}) {
  const body = { type: 'about:blank', title: 'Odd', status, detail, code, ...members };
  return answering(status, body, headers);
}

module.exports = { answering, outcomeOf, problem, standIn, verdict };
