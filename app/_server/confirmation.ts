import 'server-only'
import type { Confirmation } from '@/components/confirm-fields'
import { FRESH_MINUTES } from '@/lib/accounts/settings'
import type { Call, SignedIn } from '@/lib/accounts/terms'
import { Redacted } from '@/lib/kernel/redacted'
import { services } from '@/lib/services'
import { faultText } from './faults'
import { currentCall } from './request'
import { setCookies } from './set-cookies'
import { getTranslations } from './translations'

/** Sent by `ConfirmFields` with the form that asked for them; no action ever sees them. */
const PASSWORD_FIELD = 'confirmPassword'
const CODE_FIELD = 'confirmCode'
export const CONFIRM_FIELDS: readonly string[] = [PASSWORD_FIELD, CODE_FIELD]

/** Takes password and code out of a form, so that nothing behind the gate reads, keeps or digests them. */
export function takeProof(form: FormData): { password: Redacted; code: Redacted } | null {
  const [password, code] = [form.get(PASSWORD_FIELD), form.get(CODE_FIELD)]
  for (const name of CONFIRM_FIELDS) form.delete(name)
  if (typeof password !== 'string' || password === '') return null
  return { password: new Redacted(password), code: new Redacted(typeof code === 'string' ? code : '') }
}

/** What the form of a change asks for that is confirmed each time, even in a fresh session. */
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
 * The session to go on with: this one while it is fresh, a new one once password and second factor were right. Else what to
 * ask for. Each demand and each try leaves its row.
 *
 * @param options.always Asks even in a fresh session.
 */
export async function freshSession(
  call: Call,
  session: SignedIn,
  proof: ReturnType<typeof takeProof>,
  { what, always }: { what: string; always: boolean },
): Promise<{ session: SignedIn } | { asked: Confirmation }> {
  const { signIn } = services()
  if (!always && signIn.isFresh(session)) return { session }
  const asked = await confirmationOf(session)
  if (!always) asked.text = (await getTranslations('people'))('confirm.text', { minutes: FRESH_MINUTES })
  if (proof === null) {
    await signIn.demandConfirmation(call, session, what)
    return { asked }
  }
  const confirmed = await signIn.confirm(call, session, proof)
  if (!confirmed.ok) return { asked: { ...asked, text: await faultText(confirmed.error), isWrong: true } }
  await setCookies(confirmed.value)
  const anew = await signIn.getSession((await currentCall()).headers)
  if (!anew) throw new Error('a session just made is known')
  return { session: anew }
}
