const answer = await fetch('{{address}}', {
  method: 'POST',
  headers: {
    Authorization: `Bearer ${process.env.POSTROOM_KEY}`,
    'Content-Type': 'application/json',
    'Idempotency-Key': 'invoice-17',
  },
  body: JSON.stringify({
    to: ['anna@fabrikam.example'],
    subject: 'Invoice 17',
    text: 'Thank you for your order.',
    attachments: [
      { filename: 'invoice.txt', contentType: 'text/plain', contentBase64: Buffer.from('17').toString('base64') },
    ],
  }),
})
const result = (await answer.json()) as { id: string } & { code: string; detail: string }
if (!answer.ok) throw new Error(`${result.code}: ${result.detail}`)
console.log(result.id)
