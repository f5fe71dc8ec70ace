import { expect, test } from 'vitest'
import { translatorFor } from '@/lib/i18n/translations'
import { silenceText } from './silence-text'

const now = new Date('2026-11-27T12:00:00Z')
const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000)
const textOf = (refusal: string | null, refusedSender: string | null) =>
  silenceText(
    { at: minutesAgo(1), refusal, refusedAt: refusal === null ? null : minutesAgo(5), refusedSender },
    { now, t: translatorFor('en', 'clients') },
  )

test('the sender of a device without a message is named only if it is what was rejected, with the time of the rejection and what to do', () => {
  const sender = 'scan@fabrikam.example'
  expect(textOf('sender-not-allowed', sender)).toBe(
    `Rejected 5 minutes ago: sender not allowed. It sends as ${sender}. Set an allowed sender in the device, or add the device with this sender.`,
  )
  expect(textOf('sender-invalid', 'root')).toBe(
    'Rejected 5 minutes ago: invalid sender. Correct the sender address in the device.',
  )
  expect(textOf('too-many-recipients', sender)).not.toContain(sender)
  expect(textOf('code-of-a-newer-version', null)).toBe('Rejected 5 minutes ago: code-of-a-newer-version.')
  expect(textOf(null, null)).toBe('No message yet, last seen 1 minute ago')
})
