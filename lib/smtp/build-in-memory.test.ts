import fc from 'fast-check'
import MailComposer from 'nodemailer/lib/mail-composer'
import { expect, test } from 'vitest'
import { buildInMemory } from './build-in-memory'

const anyText = fc.oneof(
  fc.string({ maxLength: 300 }),
  fc.string({ maxLength: 300, unit: 'grapheme' }),
  fc.string({ maxLength: 200, unit: 'binary' }),
  fc
    .array(
      fc.constantFrom(
        'a',
        ' ',
        '\t',
        '.',
        '\r\n',
        '\n',
        '\r',
        '=',
        '=3D',
        'ü',
        '漢',
        '😀',
        'x'.repeat(80),
        '--',
        ', ',
        '\u00a0',
      ),
      { maxLength: 60 },
    )
    .map((parts) => parts.join('')),
)

test('M-05 a mail written in one go is the one that the composer streams, byte for byte', async () => {
  await fc.assert(
    fc.asyncProperty(anyText, anyText, anyText, fc.boolean(), async (subject, text, html, both) => {
      const node = new MailComposer({
        to: [{ name: '', address: 'anna@fabrikam.example' }],
        subject,
        text,
        ...(both && { html }),
        messageId: '<a@contoso.example>',
        date: new Date(0),
        newline: 'windows',
      }).compile()
      const own = await buildInMemory(node)
      expect(own.toString('latin1')).toBe((await node.build()).toString('latin1'))
    }),
    { numRuns: process.env.SOAK ? 20_000 : 2_000 },
  )
})

test('what is not text in memory the composer writes itself', async () => {
  const attachments = [{ filename: 'a.bin', content: Buffer.from([0, 10, 13, 255]) }]
  const node = new MailComposer({ text: 'a', attachments, newline: 'windows' }).compile()
  expect((await buildInMemory(node)).toString('latin1')).toBe((await node.build()).toString('latin1'))
})
