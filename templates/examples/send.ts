const answer = await fetch('{{address}}', {
  method: 'POST',
  headers: {
    Authorization: `Bearer ${process.env.POSTROOM_KEY}`,
    'Content-Type': 'application/json',
    'Idempotency-Key': 'invoice-18',
  },
  body: JSON.stringify({
    to: ['anna@fabrikam.example'],
    subject: 'Invoice 18',
    text: 'Thank you for your order.',
    attachments: [
      { filename: 'invoice.txt', contentType: 'text/plain', contentBase64: Buffer.from('18').toString('base64') },
    ],
  }),
})
const result = (await answer.json()) as { id: string } & { code: string; detail: string }
if (!answer.ok) throw new Error(`${result.code}: ${result.detail}`)
console.log(result.id)
