import 'server-only'
import type { Locale } from '@/lib/i18n/locale'
import type { FieldErrors, MailServerService, RawFields } from '@/lib/mail-server'
import { type Assistance, assist, type KnownIds } from '@/lib/mail-server/assist'
import type { FormState, Typed } from './form-state'
import { texts } from './typed'

/** What can be corrected in pasted values of Exchange Online; null if nothing can. */
export async function assistanceFor(mailServer: MailServerService | null, raw: RawFields): Promise<Assistance | null> {
  return assist(raw, await knownIds(mailServer, raw))
}

/** The corrected values, shown to be checked. Nothing is saved yet; the next press submits them as they are. */
export function assisted(
  typed: Typed,
  { values, hints, errors }: Assistance,
  validationErrors: FieldErrors,
  locale: Locale,
): FormState {
  const { clientSecret: _, ...corrected } = values
  return {
    kind: 'invalid',
    ...typed,
    fields: { ...typed.fields, ...corrected },
    errors: texts({ ...validationErrors, ...errors }, locale),
    tidied: { values, hints: texts(hints, locale) },
  }
}

/** The stored IDs and the one that recent tokens named, to recognise an ID in a wrong field. */
async function knownIds(mailServer: MailServerService | null, { clientId: typed }: RawFields): Promise<KnownIds> {
  if (!mailServer) return { tenantId: null, clientId: null, objectId: null }
  const settings = (await mailServer.savedChange())?.settings
  const { tenantId, clientId } =
    settings?.type === 'exchange-online-oauth2' ? settings : { tenantId: null, clientId: null }
  // The saved client ID is never an Object ID, so the tests need not be searched for one.
  return { tenantId, clientId, objectId: typed === clientId ? null : await mailServer.objectId() }
}
