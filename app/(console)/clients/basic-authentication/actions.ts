'use server'

import { revalidatePath } from 'next/cache'
import { redirect } from 'next/navigation'
import { uuidOf } from '@/app/_form/fields'
import { type Outcome, refused, succeeded, textOf, typedIn } from '@/app/_form/outcome'
import { formAction } from '@/app/_server/form-action'
import { backTo, plainAction } from '@/app/_server/plain-action'
import { BASIC_AUTH_PATH, withQuery } from '@/app/paths'
import { translatorFor } from '@/lib/i18n/translations'
import { services } from '@/lib/services'
import { fileText } from '@/lib/submission/basic-auth/report'
import { shownFileName } from '@/lib/validation/text'
import { chosenClient, placeHref, placeIn } from './query'

export const addReportAction = formAction<Outcome>({
  name: 'basic-auth.report',
  permission: 'clients:write',
  refused: (message, form) =>
    refused(message, { typed: { ...typedIn(form, ['from', 'until']), text: textOf(form, 'text') } }),
  async run(caller, form) {
    const t = translatorFor(caller.locale, 'basic-auth')
    const period = { from: textOf(form, 'from').trim(), until: textOf(form, 'until').trim() }
    const { basicAuth } = services().submission
    const added = await basicAuth.addReport(caller, { ...(await reportIn(form)), ...period })
    if (!added.ok) return refused(t(`fault.${added.error}`), { typed: { ...period, text: textOf(form, 'text') } })
    revalidatePath(BASIC_AUTH_PATH)
    return succeeded(t('add.done', added.value))
  },
})

/** The chosen file, or else what was pasted. */
async function reportIn(form: FormData): Promise<{ text: string; fileName: string | null }> {
  const file = form.get('file')
  if (!(file instanceof File) || file.size === 0) return { text: textOf(form, 'text'), fileName: null }
  return { text: fileText(new Uint8Array(await file.arrayBuffer())), fileName: shownFileName(file.name) }
}

export const removeReportAction = plainAction({
  name: 'basic-auth.remove-report',
  permission: 'clients:write',
  refused: backTo(() => BASIC_AUTH_PATH),
  async run(caller, form) {
    const isRemoved = await services().submission.basicAuth.removeReport(caller, uuidOf(form, 'report'))
    revalidatePath(BASIC_AUTH_PATH)
    redirect(withQuery(BASIC_AUTH_PATH, { done: isRemoved ? 'removed' : 'gone' }))
  },
})

const placeOf = (form: FormData) => placeIn(typedIn(form, ['progress', 'page']))

export const linkSenderAction = plainAction({
  name: 'basic-auth.link',
  permission: 'clients:write',
  refused: backTo((form) => placeHref(placeOf(form))),
  async run(caller, form) {
    const [address, clientId] = [textOf(form, 'sender'), chosenClient(form.get('client'))]
    const { basicAuth } = services().submission
    const isLinked = clientId !== undefined && (await basicAuth.link(caller, { address, clientId }))
    revalidatePath(BASIC_AUTH_PATH)
    redirect(placeHref(placeOf(form), isLinked ? 'linked' : 'gone'))
  },
})
