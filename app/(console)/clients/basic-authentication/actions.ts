'use server'

import { revalidatePath } from 'next/cache'
import { uuidOf } from '@/app/_form/fields'
import { refused, succeeded, textOf, typedIn } from '@/app/_form/outcome'
import { changeOnce } from '@/app/_server/change-once'
import { formActions } from '@/app/_server/form-action'
import { once } from '@/app/_server/once'
import { backTo, leadToPage, plainActions } from '@/app/_server/plain-action'
import { BASIC_AUTH_PATH, type QueryParameters } from '@/app/paths'
import { translatorFor } from '@/lib/i18n/translations'
import { fail } from '@/lib/kernel'
import { services } from '@/lib/services'
import { fileText } from '@/lib/submission/basic-auth/report'
import { shownFileName } from '@/lib/validation/text'
import { clientNamed, placeHref, placeIn, seenClientIn } from './query'

/** Longer than every name. */
const NAME_CHARS_MAX = 320

const typedReport = (form: FormData) => ({ ...typedIn(form, ['from', 'until']), text: textOf(form, 'text') })

const refusedReport = (message: string, form: FormData) => refused(message, { typed: typedReport(form) })

const addReport = formActions('clients:write', refusedReport)

export const addReportAction = addReport('basic-auth.report', async (caller, form) => {
  const t = translatorFor(caller.locale, 'basic-auth')
  const period = { from: textOf(form, 'from').trim(), until: textOf(form, 'until').trim() }
  const report = { ...(await reportIn(form)), ...period }
  const act = async () => {
    const added = await services().submission.basicAuth.addReport(caller, report)
    if (added.ok) return added
    const { kind, ...cell } = added.error
    const source = report.fileName === null ? 'text' : 'file'
    const field = 'field' in cell ? cell.field : source
    const message = `${t(`add.${field}`)}: ${t(`fault.${kind}`, cell)}`
    return fail(refused(message, { typed: typedReport(form), errors: { [field]: message } }))
  }
  const outcome = await once(caller, 'basic-auth.report', form, act, refusedReport)
  if (!outcome.ok) return outcome.error
  revalidatePath(BASIC_AUTH_PATH)
  return succeeded(t('add.done', outcome.value))
})

async function reportIn(form: FormData): Promise<{ text: string; fileName: string | null }> {
  const file = form.get('file')
  if (!(file instanceof File) || file.size === 0) return { text: textOf(form, 'text'), fileName: null }
  return { text: fileText(new Uint8Array(await file.arrayBuffer())), fileName: shownFileName(file.name) }
}

/** The list from its place on, if the form names one. */
const hrefOf = (form: FormData, more?: QueryParameters) =>
  placeHref(placeIn(typedIn(form, ['progress', 'text', 'page'])), more)

const backToList = backTo((form) => hrefOf(form))
const write = plainActions('clients:write', backToList)

export const removeReportAction = write('basic-auth.remove-report', async (caller, form) => {
  const isRemoved = await services().submission.basicAuth.removeReport(caller, uuidOf(form, 'report'))
  leadToPage(hrefOf(form, { done: isRemoved ? 'removed' : 'gone' }))
})

/** Whatever prevents it, the form of the sender stays open with what was typed. */
export const linkSenderAction = write('basic-auth.link', async (caller, form) => {
  const [address, from, name] = [textOf(form, 'sender'), seenClientIn(form), form.get('client')]
  const { basicAuth, clients } = services().submission
  if (from === undefined || typeof name !== 'string') return leadToPage(hrefOf(form, { done: 'gone' }))
  const typed = { link: address, client: name.slice(0, NAME_CHARS_MAX) }
  const client = clientNamed(typed.client, await clients.known())
  if (client === undefined) return leadToPage(hrefOf(form, typed))
  const act = (isRepeated: boolean) =>
    basicAuth.link(caller, { address, from: isRepeated ? undefined : from, clientId: client?.id ?? null })
  const linked = await changeOnce(caller, 'basic-auth.link', form, act, backToList)
  if (linked.ok) return leadToPage(hrefOf(form, { done: 'linked' }))
  // What was saved in the meantime may have moved it to another part of the list.
  leadToPage(placeHref({ progress: null, text: address, page: 1 }, { ...typed, done: linked.error }))
})

/** A form that comes again finds nothing left to link. */
export const linkProposedAction = write('basic-auth.link-proposed', async (caller, form) => {
  const count = await services().submission.basicAuth.linkProposed(caller)
  leadToPage(hrefOf(form, { done: 'linked-proposed', count: String(count) }))
})
