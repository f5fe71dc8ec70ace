import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Outcome, UNTOUCHED } from '@/app/_form/outcome'
import type { FormAction } from '@/app/_server/form-action'
import type { Answer } from '@/lib/access/signed-out'
import { adminConsole } from '@/tests/support/admin-console'
import { CLIENT_FIELDS } from '@/tests/support/client-fields'
import { caller } from '@/tests/support/mail-server'
import { pageRequest } from '@/tests/support/page-request'
import { rotateAheadAction } from './actions'
import { saveAlertsAction } from './alerts/actions'
import { NUMBERS } from './alerts/fields'
import { changeChannelAction, saveWeeklyAction } from './reminders/actions'

/* What a person typed is not saved over settings that another person saved since, until the form has named those. */
let admin: Awaited<ReturnType<typeof adminConsole>>
let channel: string
let client: string

beforeAll(async () => {
  admin = await adminConsole()
  const { services } = admin
  const hook = {
    kind: 'webhook',
    name: 'Operations',
    locale: 'en',
    address: '',
    url: 'https://hooks.contoso.example',
  } as const
  const added = await services.notifications.channels.add(caller, hook)
  const sending = await services.submission.clients.add(caller, 'api-key', { ...CLIENT_FIELDS, name: 'Labels' })
  if (!added.ok || !sending.ok) throw new Error(JSON.stringify([added, sending]))
  ;[channel, client] = [added.value.id, sending.value.id]
})
afterAll(() => admin.close())

const post = (action: FormAction<Outcome>, form: FormData) =>
  pageRequest(admin.headers).during(() => action(UNTOUCHED, form))

function formOf(fields: Record<string, string | string[]>): FormData {
  const form = new FormData()
  for (const [name, values] of Object.entries(fields)) for (const value of [values].flat()) form.append(name, value)
  return form
}

const numbers = Object.fromEntries(NUMBERS.map(({ field }) => [field, 24])) as Record<
  (typeof NUMBERS)[number]['field'],
  number
>

/** Of each field what the form has and what is saved. */
const bothIn = (outcome: Answer<Outcome>) =>
  'kind' in outcome && outcome.kind === 'refused'
    ? Object.fromEntries(outcome.conflict?.differences.map(({ title, values }) => [title, values]) ?? [])
    : null

const texts = Object.fromEntries(NUMBERS.map(({ field }) => [field, '24']))

test('alert settings that would be replaced are named, each by its field', async () => {
  const { alerts } = admin.services
  const stored = { ...numbers, kinds: ['disk'], channels: [channel], reportLocale: 'en', version: 0 } as const
  expect(await alerts.save(caller, { ...stored, kinds: ['disk'], channels: [channel] })).toMatchObject({ ok: true })
  const typed = { version: '0', ...texts, repeatHours: '6', reportLocale: 'de', kinds: ['queue-age'] }
  const outcome = await post(saveAlertsAction, formOf(typed))
  expect(outcome).toMatchObject({
    kind: 'refused',
    message: expect.stringContaining('You have saved'),
    typed: { version: '1', repeatHours: '6', kinds: 'queue-age' },
    conflict: { labels: ['Yours', 'Saved'] },
  })
  expect(bothIn(outcome)).toEqual({
    'Minutes that a message may wait': ['24, watched', '24, not watched'],
    'Free space in GiB': ['24, not watched', '24, watched'],
    'Hours until the alert is repeated': ['6', '24'],
    'Channels that get alerts': ['Nobody', 'Operations'],
    'Language of reports about failed messages': ['German', 'English'],
  })
})

test('the weekly report as it is stored is named before it is replaced', async () => {
  const schedule = { weekday: 2, hour: 9, channels: [], version: 0 }
  expect(await admin.services.alerts.weekly.save(caller, schedule)).toBe(true)
  const typed = { version: '0', weeklyChannels: channel, weekday: '3', hour: '8' }
  const outcome = await post(saveWeeklyAction, formOf(typed))
  expect(outcome).toMatchObject({ kind: 'refused', typed: { version: '1', weekday: '3' } })
  expect(bothIn(outcome)).toEqual({
    'Channels that get it': ['Operations', 'Nobody'],
    Day: ['Wednesday', 'Tuesday'],
    'Time (UTC)': ['08:00', '09:00'],
  })
})

test('the days before an automatic renewal are named before they are replaced', async () => {
  const { credentials } = admin.services
  const { rotateVersion } = await credentials.watch()
  expect(await credentials.saveWatch(caller, { rotateDaysBefore: 14, version: rotateVersion })).toMatchObject({
    ok: true,
  })
  const typed = { version: String(rotateVersion), rotateDaysBefore: '20' }
  const outcome = await post(rotateAheadAction, formOf(typed))
  expect(outcome).toMatchObject({
    kind: 'refused',
    typed: { version: String(rotateVersion + 1), rotateDaysBefore: '20' },
  })
  expect(bothIn(outcome)).toEqual({ 'Renew automatically, days ahead': ['20', '14'] })
})

test('a channel as it is stored is named before it is replaced', async () => {
  const { channels } = admin.services.notifications
  const before = (await channels.list())[0]?.updatedAt ?? new Date(0)
  const contents = { reminders: false, messageEvents: [], messageClientId: client }
  const change = { id: channel, name: 'Operations', locale: 'en', contents, after: before } as const
  expect(await channels.change(caller, { ...change, contents: { ...contents, messageEvents: [] } })).toMatchObject({
    ok: true,
  })
  const after = (await channels.list())[0]?.updatedAt.toISOString()
  const typed = { name: 'Helpdesk', locale: 'de', contents: ['reminders', 'failed'], client: '' }
  const form = formOf({ channel, after: before.toISOString(), ...typed })
  const outcome = await post(changeChannelAction, form)
  expect(outcome).toMatchObject({ kind: 'refused', typed: { after, name: 'Helpdesk', contents: 'reminders failed' } })
  expect(bothIn(outcome)).toEqual({
    Name: ['Helpdesk', 'Operations'],
    'Language of the notifications': ['German', 'English'],
    'What it receives': [expect.stringMatching(/,/), 'Nothing'],
    'Messages of': ['All clients', 'Labels'],
  })
})
