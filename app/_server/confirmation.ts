import 'server-only'
import type { Confirmation } from '@/components/confirm-fields'
import { CONFIRM_FIELDS } from '@/lib/access/confirm-fields'
import { FRESH_MINUTES } from '@/lib/accounts/settings'
import type { AccountFault, Call, SignedIn } from '@/lib/accounts/terms'
import { Redacted } from '@/lib/kernel/redacted'
import { services } from '@/lib/services'
import { faultText } from './faults'
import { currentCall } from './request'
import { setCookies } from './set-cookies'
import { getTranslations } from './translations'

const [PASSWORD_FIELD, CODE_FIELD] = CONFIRM_FIELDS

/** The field that was wrong, of the faults that say so. */
const FIELD_OF: Partial<Record<AccountFault['kind'], (typeof CONFIRM_FIELDS)[number]>> = {
  'wrong-password': PASSWORD_FIELD,
  'wrong-code': CODE_FIELD,
}

/** Removes password and code from a form, so that no action can read, store or hash them. */
export function takeConfirmation(form: FormData): { password: Redacted; code: Redacted } | null {
  const [password, code] = [form.get(PASSWORD_FIELD), form.get(CODE_FIELD)]
  for (const name of CONFIRM_FIELDS) form.delete(name)
  if (typeof password !== 'string' || password === '') return null
  return { password: new Redacted(password), code: new Redacted(typeof code === 'string' ? code : '') }
}

/** The confirmation for a change that is always confirmed, even in a fresh session. */
export async function confirmationOf({ operator }: SignedIn): Promise<Confirmation> {
  const t = await getTranslations('people')
  return {
    title: t('confirm.title'),
    text: t(operator.secondFactor ? 'confirm.alwaysWithCode' : 'confirm.always'),
    isWrong: false,
    username: operator.email,
    password: t('field.currentPassword'),
    code: operator.secondFactor ? { label: t('field.code'), hint: t('code.hint') } : null,
  }
}

/**
 * The session to continue with: this one while it is fresh, or a new one if password and second factor were right. Otherwise
 * the confirmation that the form has to ask for. Each demand and each attempt leaves an audit entry.
 *
 * @param input What `takeConfirmation` took from the form, or null if it held no password.
 * @param options.always Asks even in a fresh session.
 */
export async function freshSession(
  call: Call,
  session: SignedIn,
  input: ReturnType<typeof takeConfirmation>,
  { what, always }: { what: string; always: boolean },
): Promise<{ session: SignedIn } | { confirmation: Confirmation }> {
  const { signIn } = services()
  if (!always && signIn.isFresh(session)) return { session }
  const confirmation = await confirmationOf(session)
  if (!always) {
    const t = await getTranslations('people')
    confirmation.text = t('confirm.text', { minutes: FRESH_MINUTES, code: String(session.operator.secondFactor) })
  }
  if (input === null) {
    await signIn.demandConfirmation(call, session, what)
    return { confirmation }
  }
  const denied = async (fault: AccountFault) => {
    const said = await faultText(fault)
    const field = FIELD_OF[fault.kind]
    const wrong = field ? { errors: { [field]: said } } : { text: said }
    return { confirmation: { ...confirmation, ...wrong, isWrong: true } }
  }
  const confirmed = await signIn.confirm(call, session, input)
  if (!confirmed.ok) return denied(confirmed.error)
  await setCookies(confirmed.value)
  const renewed = await signIn.getSession((await currentCall()).headers)
  return renewed ? { session: renewed } : denied({ kind: 'no-session' })
}
