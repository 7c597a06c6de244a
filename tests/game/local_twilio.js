'use strict';

const assert = require('node:assert/strict');
const { setTimeout: sleep } = require('node:timers/promises');

const SANDBOX_SENDER = 'whatsapp:+14155238886';
const SMS_SENDER = '+15005550006';
const DELIVERED_TO = 'whatsapp:+15005550006';
const SETTLES_WITHIN_MS = 10_000;

/** The local Twilio at `url`, with what a player does there. */
class LocalTwilio {
  constructor(url, accountSid, authToken) {
    this.url = url;
    this.messages = `${url}/2010-04-01/Accounts/${accountSid}/Messages`;
    this.authorization = `Basic ${btoa(`${accountSid}:${authToken}`)}`;
  }

  /** Send a message, over WhatsApp unless told otherwise, and give its SID. */
  async send(parameters) {
    const form = { From: SANDBOX_SENDER, To: DELIVERED_TO, Body: 'Whoo is this?', ...parameters };
    const { sid } = await this.ask('POST', '.json', new URLSearchParams(form));
    return sid;
  }

  /** Send one of the samples, and give the message's SID once Twilio has fetched the file. */
  async sendSample(name, parameters) {
    const MediaUrl = `${this.url}/samples/${name}`;
    return this.settled(await this.send({ MediaUrl, ...parameters }));
  }

  /** Return the SID once Twilio has fetched the message's file. */
  async settled(sid) {
    const givesUp = Date.now() + SETTLES_WITHIN_MS;
    while (!isSettled(await this.ask('GET', `/${sid}.json`))) {
      assert.ok(Date.now() < givesUp, 'the local Twilio did not fetch the file in time');
      await sleep(10);
    }
    return sid;
  }

  async deleteMedia(sid) {
    const { media_list: media } = await this.ask('GET', `/${sid}/Media.json`);
    await Promise.all(media.map((item) => this.ask('DELETE', `/${sid}/Media/${item.sid}.json`)));
  }

  async ask(method, path, body) {
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
