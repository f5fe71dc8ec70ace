import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { UNTOUCHED } from '@/app/_form/outcome'
import { THRESHOLDS } from '@/lib/alerts/kinds'
import { fail, newId } from '@/lib/kernel'
import { provideServices, signedInCaller, withdrawServices } from '@/tests/support/page-services'
import { rotateAheadAction } from './actions'
import { saveAlertsAction } from './alerts/actions'
import { NUMBERS } from './alerts/fields'
import { changeChannelAction, saveWeeklyAction } from './reminders/actions'

/* What a person typed is not saved over settings that another person saved since, until the form has named those. */
vi.mock('@/app/_server/form-action', () => ({
  formActions: () => (_: string, act: (...args: unknown[]) => unknown) => (_before: unknown, form: FormData) =>
    act(signedInCaller, form),
  showEverywhere: () => {},
}))

const OPS = newId()
const CLIENT = newId()
const numbers = Object.fromEntries(NUMBERS.map(({ field }) => [field, 24]))

beforeEach(() =>
  provideServices({
    notifications: {
      channels: {
        list: async () => [
          {
            ...{
              id: OPS,
              name: 'Operations',
              locale: 'en',
              reminders: false,
              messageEvents: [],
              messageClientId: CLIENT,
            },
            updatedAt: new Date('2026-11-30T06:00:00Z'),
          },
        ],
        change: async () => fail('changed'),
      },
    } as never,
    submission: { clients: { list: async () => [{ id: CLIENT, name: 'Labels' }] } } as never,
    alerts: {
      save: async () => fail({ kind: 'changed' }),
      settings: async () => ({ ...numbers, kinds: ['disk'], channels: [OPS], reportLocale: 'en', version: 8 }),
      weekly: {
        save: async () => false,
        settings: async () => ({ weekday: 1, hour: 7, channels: [], version: 8, updatedAt: null }),
      },
    } as never,
    credentials: {
      saveWatch: async () => fail({ kind: 'changed' }),
      watch: async () => ({ rotateDaysBefore: 14, rotateVersion: 8 }),
    } as never,
  }),
)
afterEach(withdrawServices)

function formOf(fields: Record<string, string | string[]>): FormData {
  const form = new FormData()
  for (const [name, values] of Object.entries({ version: '7', ...fields }))
    for (const value of [values].flat()) form.append(name, value)
  return form
}

const texts = Object.fromEntries(NUMBERS.map(({ field }) => [field, '24']))

test('alert settings that would be replaced are named, each by its field', async () => {
  const typed = { ...texts, repeatHours: '6', reportLocale: 'de', kinds: ['queue-age'] }
  const outcome = await saveAlertsAction(UNTOUCHED, formOf(typed))
  expect(outcome).toMatchObject({
    kind: 'refused',
    typed: { version: '8', repeatHours: '6', kinds: 'queue-age' },
  })
  expect(outcome).toHaveProperty('errors', {
    [THRESHOLDS.disk.field]: '“24, watched” is stored',
    queueMinutes: '“24, not watched” is stored',
    repeatHours: '“24” is stored',
    channels: '“Operations” is stored',
    reportLocale: '“English” is stored',
  })
})

test('the weekly report as it is stored is named before it is replaced', async () => {
  expect(await saveWeeklyAction(UNTOUCHED, formOf({ weeklyChannels: OPS, weekday: '3', hour: '8' }))).toMatchObject({
    kind: 'refused',
    typed: { version: '8', weekday: '3' },
    errors: { weeklyChannels: '“Nobody” is stored', weekday: '“Monday” is stored', hour: '“07:00” is stored' },
  })
})

test('the days before an automatic renewal are named before they are replaced', async () => {
  expect(await rotateAheadAction(UNTOUCHED, formOf({ rotateDaysBefore: '20' }))).toMatchObject({
    kind: 'refused',
    typed: { version: '8', rotateDaysBefore: '20' },
    message: expect.stringContaining('“14” was saved in the meantime. You entered “20”.'),
  })
})

test('a channel as it is stored is named before it is replaced', async () => {
  const typed = { name: 'Helpdesk', locale: 'de', contents: ['reminders', 'failed'], client: '' }
  expect(
    await changeChannelAction(UNTOUCHED, formOf({ channel: OPS, after: '2026-11-30T05:00:00.000Z', ...typed })),
  ).toMatchObject({
    kind: 'refused',
    typed: { after: '2026-11-30T06:00:00.000Z', name: 'Helpdesk', contents: 'reminders failed' },
    message: expect.stringContaining(
      'Name: “Operations” is stored. Language of the notifications: “English” is stored. What it receives: “Nothing” is stored. Messages of: “Labels” is stored. Save again',
    ),
  })
})
