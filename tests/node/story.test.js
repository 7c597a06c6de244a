"use strict";

// Twilio's Node SDK goes through the whole story of a message at a local Twilio. Its address and
// credentials are in LOCAL_TWILIO_URL, TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN.

const assert = require("node:assert/strict");
const test = require("node:test");
const { setTimeout: sleep } = require("node:timers/promises");
const twilio = require("twilio");

const { LOCAL_TWILIO_URL, TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN } = process.env;
const FROM = "whatsapp:+14155238886";
const TO = "whatsapp:+15005550006";
const UNKNOWN_SID = `MM${"0".repeat(32)}`;

function connect(password) {
  const client = twilio(TWILIO_ACCOUNT_SID, password);
  client.api.baseUrl = LOCAL_TWILIO_URL;
  return client;
}

const client = connect(TWILIO_AUTH_TOKEN);

async function fetchDelivered(sid) {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const message = await client.messages(sid).fetch();
    if (message.status === "delivered") return message;
    assert.ok(Date.now() < deadline, `still ${message.status}`);
    await sleep(20);
  }
}

test("a message with three files is sent, delivered, listed page by page, and deleted", async () => {
  const files = ["owl.png", "song.mp3", "invoice.pdf"];
  const created = await client.messages.create({
    from: FROM,
    to: TO,
    body: "Here is that picture of an owl you ordered.",
    mediaUrl: files.map((file) => `${LOCAL_TWILIO_URL}/samples/${file}`),
  });
  assert.match(created.sid, /^MM[0-9a-f]{32}$/);
  assert.equal(created.status, "queued");
  assert.equal(created.numMedia, "0");
  assert.equal(created.dateSent, null);
  assert.equal(created.errorCode, null);

  const delivered = await fetchDelivered(created.sid);
  assert.equal(delivered.numMedia, "3");
  assert.ok(delivered.dateSent >= delivered.dateCreated);

  const message = client.messages(created.sid);
  const media = await message.media.list({ pageSize: 1 });
  assert.deepEqual(
    media.map((each) => each.contentType),
    ["image/png", "audio/mpeg", "application/pdf"],
  );
  const fetched = await message.media(media[1].sid).fetch();
  assert.deepEqual(fetched.toJSON(), media[1].toJSON());

  assert.equal(await message.media(media[0].sid).remove(), true);
  assert.equal((await message.media.list()).length, 2);
  assert.equal(await message.remove(), true);
  await assert.rejects(message.fetch(), { status: 404, code: 20404 });
  await assert.rejects(message.media.list(), { status: 404, code: 20404 });
});

const refused = {
  21211: { to: "whatsapp:12" },
  21619: { body: "" },
  21620: { mediaUrl: ["owl.png"] },
  21910: { from: "+14155238886" },
  63007: { from: "whatsapp:+15005550006" },
};
for (const [code, wrong] of Object.entries(refused)) {
  test(`a create is refused with ${code}`, async () => {
    await assert.rejects(client.messages.create({ from: FROM, to: TO, body: "Hi", ...wrong }), {
      status: 400,
      code: Number(code),
      moreInfo: `https://www.twilio.com/docs/errors/${code}`,
    });
  });
}

test("a wrong Auth Token is refused", async () => {
  const stranger = connect("wrong");
  await assert.rejects(stranger.messages(UNKNOWN_SID).fetch(), { status: 401, code: 20003 });
});
