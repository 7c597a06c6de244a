'use strict';

// The texts as the game shows them: EJS first, then Markdown in GitHub's flavour.

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { test } = require('node:test');

const ejs = require('ejs');
const { Converter } = require('showdown');

const { ACCOUNT_SID, AUTH_TOKEN, OBJECTIVE } = require('./player');

const NAMES = ['description.md', 'walkthrough.md'];
const ACCOUNT = { TQ_TWILIO_ACCOUNT_SID: ACCOUNT_SID, TQ_TWILIO_AUTH_TOKEN: AUTH_TOKEN };
// What fits into the game's window of 1280 pixels.
const LONGEST_LINE = 75;

// Links to further reading.
const LINKS = [
  'https://www.twilio.com/console/sms/whatsapp/sandbox',
  'https://www.twilio.com/docs/whatsapp/sandbox',
  'https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource',
  'https://www.twilio.com/docs/libraries',
  'https://curl.se/docs/manual.html',
];

// Names in the game's interface; the missions are TwilioQuest's and
// TerminalQuest's.
const IN_THE_GAME = [
  'HACK',
  '&lt; Back to tutorial',
  'Show Code Editor',
  'Show Help',
  'Settings',
  'Variables',
  'Twilio API Setup',
  'API Academy: Account Credentials',
];

async function render(name, saved = ACCOUNT) {
  const entries = Object.entries(saved).map(([key, value]) => [key, { value }]);
  const text = fs.readFileSync(path.join(OBJECTIVE, name), 'utf8');
  const context = { env: Object.fromEntries(entries) };
  const markdown = await ejs.render(text, context, { async: true });
  const converter = new Converter({ openLinksInNewWindow: true });
  converter.setFlavor('github');
  return { markdown, html: converter.makeHtml(markdown) };
}

const all = (text, pattern) => [...text.matchAll(pattern)].map((match) => match[1]);

for (const name of NAMES) {
  test(`${name} renders without a line break inside a paragraph`, async () => {
    const { html } = await render(name);

    assert.doesNotMatch(html, /<br|<%|%>/);
    assert.match(html, /^<h1/);
  });

  test(`${name} names the language of its code, which fits into the window`, async () => {
    const { markdown } = await render(name);
    const fences = all(markdown, /^```(.*\n[^]*?)^```$/gm);
    const lines = fences.flatMap((fence) => fence.split('\n'));

    assert.deepEqual(fences.filter((fence) => !/^(plaintext|bash|python)\n/.test(fence)), []);
    assert.deepEqual(lines.filter((line) => line.length >= LONGEST_LINE), []);
  });

  test(`${name} has links that the game opens, wherever they are clicked`, async () => {
    const { html } = await render(name);
    const links = html.match(/<a [^]*?<\/a>/g) || [];

    assert.deepEqual(links.filter((link) => !/^<a href="https:[^>]*>[^<]*<\/a>$/.test(link)), []);
  });

  test(`${name} names only elements of the game's interface`, async () => {
    const { html } = await render(name);
    const named = all(html, /<em>(.*?)<\/em>/g);

    assert.deepEqual(named.filter((each) => !IN_THE_GAME.includes(each)), []);
  });

  test(`${name} never shows the Auth Token`, async () => {
    const { html } = await render(name);

    assert.ok(!html.includes(AUTH_TOKEN));
  });
}

test('the walkthrough links to what it does not explain', async () => {
  const { html } = await render('walkthrough.md');

  assert.deepEqual(LINKS.filter((link) => !html.includes(`href="${link}"`)), []);
});

test("the curl and Python examples contain the player's Account SID", async () => {
  const { markdown } = await render('walkthrough.md');

  assert.ok(markdown.includes(`\nACCOUNT_SID=${ACCOUNT_SID}\n`));
  assert.ok(markdown.includes(`Client(\n    "${ACCOUNT_SID}",`));
});

for (const [what, saved] of [
  ['nothing', {}],
  ['markup', { TQ_TWILIO_ACCOUNT_SID: '<img src=x onerror=alert(1)>' }],
  ['a command', { TQ_TWILIO_ACCOUNT_SID: `${ACCOUNT_SID}; rm -rf ~` }],
  ['an API key', { TQ_TWILIO_ACCOUNT_SID: `SK${'1'.repeat(32)}` }],
]) {
  test(`with ${what} saved as Account SID, the walkthrough shows a placeholder`, async () => {
    const { markdown } = await render('walkthrough.md', saved);

    assert.ok(markdown.includes('\nACCOUNT_SID=your_account_sid\n'));
    assert.doesNotMatch(markdown, /onerror|rm -rf|SK1/);
  });
}
