// Your phone's number: whatsapp:, +, country code, no spaces.
// The phone must have joined your sandbox: Help, step 1.
const to = 'whatsapp:+15551234567';

// The game fills in your Twilio account.
const client = require('twilio')(
  process.env.TQ_TWILIO_ACCOUNT_SID,
  process.env.TQ_TWILIO_AUTH_TOKEN
);

client.messages
  .create({
    from: 'whatsapp:+14155238886', // the sandbox's number
    to,
    body: 'Here is an owl for you.',
    mediaUrl: ['https://demo.twilio.com/owl.png'],
  })
  .then((message) => {
    console.log('Sent! Paste this SID into the field:');
    console.log(message.sid);
  })
  .catch((error) => {
    console.error(`Twilio says: ${error.message}`);
  });
