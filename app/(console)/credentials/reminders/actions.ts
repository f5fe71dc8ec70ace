'use server'

import { setTimeout as wait } from 'node:timers/promises'
import { revalidatePath } from 'next/cache'
import { redirect } from 'next/navigation'
import { z } from 'zod'
import { uuidOf, versionOf } from '@/app/_form/fields'
import { refused, refusedField, refusedKeeping, refusedWith, succeeded, textOf, typedIn } from '@/app/_form/outcome'
import type { OperatorCaller } from '@/app/_server/caller'
import { changeOnce } from '@/app/_server/change-once'
import { refusedOver } from '@/app/_server/conflict'
import { formActions } from '@/app/_server/form-action'
import { once } from '@/app/_server/once'
import { leadToPage } from '@/app/_server/plain-action'
import { NOTICE_PATH, type QueryParameters, REMINDERS_PATH, withQuery } from '@/app/paths'
import { idIn } from '@/app/search-params'
import type { WeeklySettings } from '@/lib/alerts/weekly/store'
import type { Keep } from '@/lib/db'
import { isLocale } from '@/lib/i18n/locale'
import { type KeyUnder, translatorFor } from '@/lib/i18n/translations'
import { fail, isUuid, ok } from '@/lib/kernel'
import { CHANNELS_MAX, type ChannelProblem, type NewKey, type RenewProblem } from '@/lib/notifications/channels'
import { MESSAGE_EVENTS } from '@/lib/notifications/kinds'
import { services } from '@/lib/services'
import { channelTexts } from './channel-texts'
import { daysIn, daysText } from './thresholds'
import { weeklyTexts } from './weekly-texts'

/** How long the page waits for the reminders that are sent at once; the rest is sent in the background. */
const SENDING_MS = 20_000

type Done = KeyUnder<'reminders', 'done'>

const leadTo = (done: Done, about: QueryParameters = {}): never => leadToPage(REMINDERS_PATH, { done, ...about })

const labelsOf = ({ locale }: OperatorCaller) => translatorFor(locale, 'reminders')

const confirmedWrite = formActions('credentials:write', refusedWith, { fresh: true })
const test = formActions('credentials:test', refusedWith)

export const saveThresholdsAction = confirmedWrite('reminders.thresholds', async (caller, form) => {
  const t = labelsOf(caller)
  const typed = textOf(form, 'days').trim()
  const thresholdsDays = daysIn(typed)
  const invalid = () => refusedField('days', t('thresholds.invalid'), form)
  if (!thresholdsDays) return invalid()
  const { credentials } = services()
  const saved = await credentials.saveWatch(caller, { thresholdsDays, version: versionOf(form) })
  if (saved.ok) return leadTo('thresholds')
  if (saved.error.kind === 'invalid') return invalid()
  const { thresholdsDays: stored, thresholdsVersion } = await credentials.watch()
  return refusedOver(caller, {
    saves: [['watch:credentials', ['watch.change'], 'thresholdsDays']],
    saved: { [t('thresholds.label')]: daysText(stored) },
    yours: { [t('thresholds.label')]: typed },
    typed: { days: typed, version: String(thresholdsVersion) },
  })
})

const WEEKLY_FORM = z.strictObject({
  weeklyChannels: z.array(z.uuid()).max(CHANNELS_MAX),
  weekday: z.coerce.number().int().min(1).max(7),
  hour: z.coerce.number().int().min(0).max(23),
})

const WEEKLY_FIELDS = ['weeklyChannels', 'weekday', 'hour', 'version']

const saveWeekly = formActions('credentials:write', refusedKeeping(WEEKLY_FIELDS))

export const saveWeeklyAction = saveWeekly('reminders.weekly', async (caller, form) => {
  const t = translatorFor(caller.locale, 'alerts')
  const typed = typedIn(form, WEEKLY_FIELDS)
  const { data, error } = WEEKLY_FORM.safeParse({
    weeklyChannels: form.getAll('weeklyChannels'),
    weekday: typed.weekday,
    hour: typed.hour,
  })
  if (!data) {
    const errors = Object.fromEntries(error.issues.map(({ path }) => [path[0], t('weekly.wrong')]))
    return refused(t('settings.invalid'), { typed, errors })
  }
  const { alerts, notifications } = services()
  const { weeklyChannels: channels, ...schedule } = data
  const report = { channels, ...schedule }
  if (await alerts.weekly.save(caller, { ...report, version: versionOf(form) })) return leadTo('weekly')
  const [stored, all] = await Promise.all([alerts.weekly.settings(), notifications.channels.list()])
  const texts = (settings: WeeklySettings) => weeklyTexts(settings, all, t)
  return refusedOver(caller, {
    saves: [['weekly:report', ['weekly.change']]],
    saved: texts(stored),
    yours: texts(report),
    typed: { ...typed, version: String(stored.version) },
  })
})

/** The signing key is shown once, on the page for one-time notices. It is in no action's state and in no browser history. */
const keepKey =
  (caller: OperatorCaller, { isRenewed }: { isRenewed: boolean }): Keep<NewKey> =>
  async (tx, { name, key }) => {
    if (!key) return
    await services().signIn.keepNotice(tx, caller.actor.id, { kind: 'signing-key', name, key: key.reveal(), isRenewed })
  }

export const addChannelAction = confirmedWrite('reminders.channel-add', async (caller, form) => {
  const kind = textOf(form, 'kind')
  const name = textOf(form, 'name')
  const add = async () => {
    const input = {
      kind,
      name,
      locale: localeIn(form, caller),
      address: textOf(form, 'address'),
      url: textOf(form, 'url'),
      isForMessages: textOf(form, 'about') === 'messages',
    }
    const added = await services().notifications.channels.add(caller, input, keepKey(caller, { isRenewed: false }))
    if (!added.ok) {
      const textFor = (problem: Problem) =>
        kind === 'teams' && problem === 'url'
          ? labelsOf(caller)('add.teamsUrlInvalid')
          : problemText(problem, caller, kind)
      const errors = Object.fromEntries(added.error.filter(isOfField).map((problem) => [problem, textFor(problem)]))
      return fail({ ...refusedWith(added.error.map(textFor).join('. '), form), errors })
    }
    return ok({ id: added.value.id })
  }
  const outcome = await once(caller, 'channel.create', form, add, refusedWith)
  if (!outcome.ok) return outcome.error
  const { id: channel } = outcome.value
  return kind === 'webhook' ? redirect(withQuery(NOTICE_PATH, { channel })) : leadTo('added', { channel })
})

const localeIn = (form: FormData, caller: OperatorCaller) => {
  const locale = textOf(form, 'locale')
  return isLocale(locale) ? locale : caller.locale
}

type Problem = ChannelProblem | RenewProblem | 'client'

const isOfField = (problem: Problem) => ['name', 'address', 'url', 'client'].includes(problem)

const problemText = (problem: Problem, caller: OperatorCaller, kind = ''): string =>
  labelsOf(caller)(`problem.${problem}`, { max: CHANNELS_MAX, kind })

/** The answer to a form of a channel. One that another person has removed has no row that could show it. */
async function unlessGone<T>(form: FormData, answer: T): Promise<T> {
  const channels = await services().notifications.channels.list()
  return channels.some(({ id }) => id === uuidOf(form, 'channel')) ? answer : leadTo('gone')
}

/** When the channel was last changed, as the person saw it. */
function afterIn(form: FormData): Date {
  const after = new Date(textOf(form, 'after'))
  return Number.isNaN(after.getTime()) ? new Date(0) : after
}

/** By its id, or of many clients by its name; null for all. Undefined if there is none. */
async function clientIn(form: FormData): Promise<string | null | undefined> {
  const { names, namesToChoose } = services().submission.clients
  const typed = textOf(form, 'client').trim()
  if (typed === '') return null
  if (isUuid(typed)) return (await names([typed])).has(typed) ? typed : undefined
  return idIn({ typed }, 'typed', await namesToChoose(typed)).id || undefined
}

const CHANNEL_FIELDS = ['name', 'locale', 'contents', 'client', 'after']

/** Its name and language are not asked about, only what it gets. */
const changeChannel = formActions('credentials:write', refusedKeeping(CHANNEL_FIELDS), {
  fresh: async (form) => form.has('client'),
})

export const changeChannelAction = changeChannel('reminders.channel-change', async (caller, form) => {
  const { notifications, submission } = services()
  const refusal = (problem: Problem) => {
    const message = problemText(problem, caller)
    const errors: Record<string, string> = isOfField(problem) ? { [problem]: message } : {}
    return refused(message, { typed: typedIn(form, CHANNEL_FIELDS), errors })
  }
  const client = await clientIn(form)
  if (client === undefined) return refusal('client')
  const chosen = form.getAll('contents')
  const contents = {
    reminders: chosen.includes('reminders'),
    messageEvents: MESSAGE_EVENTS.filter((event) => chosen.includes(event)),
    messageClientId: client,
  }
  const input = {
    id: uuidOf(form, 'channel'),
    name: textOf(form, 'name'),
    locale: localeIn(form, caller),
    contents: form.has('client') ? contents : null,
    after: afterIn(form),
  }
  const changed = await notifications.channels.change(caller, input)
  if (changed.ok) return leadTo('changed')
  const stored = changed.error === 'changed' && (await notifications.channels.list()).find(({ id }) => id === input.id)
  if (!stored) return unlessGone(form, refusal(changed.error))
  const t = labelsOf(caller)
  const clients = await submission.clients.list([stored.messageClientId, client].filter((id) => id !== null))
  return refusedOver(caller, {
    saves: [[`channel:${input.id}`, ['channel.change']]],
    saved: channelTexts(stored, input.contents && stored, clients, t),
    yours: channelTexts({ ...input, name: input.name.trim() }, input.contents, clients, t),
    typed: { ...typedIn(form, CHANNEL_FIELDS), after: stored.updatedAt.toISOString() },
  })
})

const isOn = (form: FormData): boolean => textOf(form, 'wanted') === 'on'

/** A channel that is on sends what it knows to its destination, as one that is added. One that is off is silent, as one that is removed. */
export const switchChannelAction = confirmedWrite('reminders.channel-switch', async (caller, form) => {
  const { channels } = services().notifications
  const id = uuidOf(form, 'channel')
  const act = async (isRepeated: boolean) => {
    const isDone = isRepeated
      ? (await channels.list()).some((channel) => channel.id === id && channel.enabled === isOn(form))
      : await channels.setEnabled(caller, id, isOn(form))
    return isDone ? ok(null) : fail(refused(problemText('changed', caller)))
  }
  const done = await changeOnce(caller, 'channel.change', form, act, refusedWith)
  return done.ok ? leadTo(isOn(form) ? 'on' : 'off') : unlessGone(form, done.error)
})

export const renewKeyAction = confirmedWrite('reminders.channel-renew-key', async (caller, form) => {
  const renew = async () => {
    const { channels } = services().notifications
    const renewed = await channels.renewKey(caller, uuidOf(form, 'channel'), keepKey(caller, { isRenewed: true }))
    return renewed.ok ? ok({}) : fail(refused(problemText(renewed.error, caller)))
  }
  const outcome = await once(caller, 'channel.change', form, renew, refusedWith)
  return outcome.ok ? redirect(NOTICE_PATH) : unlessGone(form, outcome.error)
})

export const removeChannelAction = confirmedWrite('reminders.channel-remove', async (caller, form) => {
  await services().notifications.channels.remove(caller, uuidOf(form, 'channel'))
  return leadTo('removed')
})

export const testChannelAction = test('reminders.channel-try', async (caller, form) => {
  const t = labelsOf(caller)
  const tried = await services().notifications.channels.sendTestNotice(caller, uuidOf(form, 'channel'))
  const fault = tried.ok ? null : tried.error
  if (fault === 'too-many') return refused(t('channels.tooMany'))
  revalidatePath(REMINDERS_PATH)
  // The page still asks for the test of a channel that was just added, so the result replaces that.
  if (!fault && form.has('added')) return leadTo('tried')
  // The row of the channel says why.
  return unlessGone(form, fault ? refused(t('channels.notTried')) : succeeded(t('done.tried')))
})

export const sendAgainAction = test('reminders.send-again', async (caller) => {
  const { notifications, log } = services()
  const sending = notifications.retryNow(caller).then(() => 'sent' as const)
  const done = await Promise.race([sending, wait(SENDING_MS, 'sending' as const)])
  // A fault from now on is in no answer.
  sending.catch((error: unknown) => log.error('reminders stopped', { error }))
  return leadTo(done)
})
