'use strict';

const assert = require('node:assert/strict');
const { setTimeout: sleep } = require('node:timers/promises');

const SANDBOX_SENDER = 'whatsapp:+14155238886';
const SMS_SENDER = '+15005550006';
const DELIVERED_TO = 'whatsapp:+15005550006';
const SETTLES_WITHIN_MS = 10_000;

/** A client of the local Twilio at `url`. */
class LocalTwilio {
  constructor(url, accountSid, authToken) {
    this.url = url;
    this.messages = `${url}/2010-04-01/Accounts/${accountSid}/Messages`;
    this.authorization = `Basic ${btoa(`${accountSid}:${authToken}`)}`;
  }

  /** Send a message, by default over WhatsApp, and return its SID. */
  async send(parameters) {
    const form = { From: SANDBOX_SENDER, To: DELIVERED_TO, Body: 'Whoo is this?', ...parameters };
    const { sid } = await this.request('POST', '.json', new URLSearchParams(form));
    return sid;
  }

  /** Send one of the samples, and return the message's SID once Twilio has fetched the file. */
  async sendSample(name, parameters) {
    const MediaUrl = `${this.url}/samples/${name}`;
    return this.settled(await this.send({ MediaUrl, ...parameters }));
  }

  /** Return the SID once Twilio has fetched the message's file. */
  async settled(sid) {
    const deadline = Date.now() + SETTLES_WITHIN_MS;
    while (!isSettled(await this.request('GET', `/${sid}.json`))) {
      assert.ok(Date.now() < deadline, 'the local Twilio did not fetch the file in time');
      await sleep(10);
    }
    return sid;
  }

  async deleteMedia(sid) {
    const { media_list: media } = await this.request('GET', `/${sid}/Media.json`);
    await Promise.all(media.map((item) => this.request('DELETE', `/${sid}/Media/${item.sid}.json`)));
  }

  async request(method, path, body) {
    const headers = { Authorization: this.authorization };
    const response = await fetch(this.messages + path, { method, headers, body });
    assert.ok(response.ok, `${method} ${path}: ${response.status}`);
    return response.status === 204 ? null : response.json();
  }
}

function isSettled({ num_media: count, status }) {
  return count !== '0' || status === 'failed';
}

module.exports = { LocalTwilio, SMS_SENDER };
