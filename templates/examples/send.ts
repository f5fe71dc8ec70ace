const answer = await fetch('{{address}}', {
  method: 'POST',
  headers: {
    Authorization: `Bearer ${process.env.API_KEY}`,
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
const { id, code, detail } = JSON.parse(await answer.text())
if (!answer.ok) throw new Error(`${code}: ${detail}`)
console.log(id)
