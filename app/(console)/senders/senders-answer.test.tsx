import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { translatorFor } from '@/lib/i18n/translations'
import type { SendersPage } from '@/lib/mail-server/senders/view'
import type { ListedServer } from '@/lib/mail-server/servers'
import { SendersAnswer } from './senders-answer'

const NONE = { verified: 0, refused: 0, unverified: 0, outdated: 0 }
const settings = { type: 'exchange-online-oauth2', senderAddress: 'noreply@contoso.example' }
const page = { settings, ofRules: [], individual: [], unused: null, counts: NONE, next: null } as unknown as SendersPage
const server = { id: 'finance', name: 'Finance', version: 1 } as ListedServer

test.each([
  ['no individual sender', false, {}, ['neutral', 'warn']],
  ['verified senders', true, { verified: 2 }, ['good', 'warn']],
  ['a sender that is to be verified', true, { verified: 1, unverified: 1 }, ['info', 'warn']],
  ['a rejected sender', true, { verified: 1, refused: 1 }, ['bad', 'bad']],
] as const)(
  'with %s the answer is no calmer than the mail server, which it names if it fails',
  (_, hasOthers, counts, tones) => {
    const answers = [false, true].map((isFailing) =>
      renderToStaticMarkup(
        <SendersAnswer
          {...{ page, server, hasOthers, isFailing, mayAdd: true, mayVerify: true, t: translatorFor('en', 'senders') }}
          counts={{ ...NONE, ...counts }}
        />,
      ),
    )
    expect(answers.map((html) => html.match(/data-answer="(\w+)"/)?.[1])).toEqual(tones)
    expect(answers.map((html) => html.includes('Finance is failing.'))).toEqual([false, true])
  },
)

test('a person who may verify a sender reads how, as long as one is to be verified', () => {
  const answer = (mayVerify: boolean, counts: Partial<SendersPage['counts']>) =>
    renderToStaticMarkup(
      <SendersAnswer
        {...{
          page,
          server,
          mayVerify,
          hasOthers: true,
          isFailing: false,
          mayAdd: false,
          t: translatorFor('en', 'senders'),
        }}
        counts={{ ...NONE, ...counts }}
      />,
    )
  const says = [
    answer(true, { unverified: 1 }),
    answer(true, { outdated: 1 }),
    answer(false, { unverified: 1 }),
    answer(true, { verified: 1 }),
  ]
  expect(says.map((html) => html.includes('Choose an address to verify it.'))).toEqual([true, true, false, false])
})
