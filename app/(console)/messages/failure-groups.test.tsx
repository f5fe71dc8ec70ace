import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { translatorFor } from '@/lib/i18n/translations'
import { FailureGroups } from './failure-groups'
import { NO_CONDITIONS } from './query'

const at = new Date('2026-12-03T08:00:00Z')
const groupsOf = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    code: `cause-${index}`,
    count: 1,
    mailServerId: '01',
    sender: null,
    recipient: null,
    recipients: 0,
    messageId: '02',
    failedAt: at,
    oldestAt: at,
    isRepaired: false,
  }))

test.each([
  [5, 5, 0],
  [10, 5, 5],
  [40, 5, 20],
])('of %d causes %d are visible, and %d more can be unfolded', async (count, visible, folded) => {
  const t = translatorFor('en', 'messages')
  const view = { conditions: NO_CONDITIONS, back: '', mayAct: false, t }
  const html = renderToStaticMarkup(await FailureGroups({ groups: groupsOf(count), ...view }))
  const [open = '', rest = ''] = html.split('<details')
  const causesIn = (part: string) => part.match(/<li/g)?.length ?? 0
  expect([causesIn(open), causesIn(rest)]).toEqual([visible, folded])
  expect(rest.includes('Choose others under Fault and Sender.')).toBe(count > 25)
})
