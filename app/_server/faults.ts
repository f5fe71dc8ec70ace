import 'server-only'
import { type Outcome, refused } from '@/app/_form/outcome'
import type { PasswordFault } from '@/lib/accounts/password-policy'
import type { AccountFault, PeopleFault, ProfileFault, SetUpFault, SignInFault } from '@/lib/accounts/terms'
import { SECOND_MS } from '@/lib/kernel'
import { validationErrorText } from '@/lib/validation/validation-error'
import { getTranslations } from './translations'

const MINUTE_SECONDS = 60

/** Every way a sign-in, set-up, account or operator can be refused, in the reader's language. */
export async function faultText(
  fault: SignInFault | SetUpFault | AccountFault | PeopleFault | ProfileFault,
): Promise<string> {
  const t = await getTranslations('people')
  switch (fault.kind) {
    case 'invalid': {
      const [first, ...rest] = fault.faults
      return first && rest.length === 0 ? faultText(first) : t('setUp.errors')
    }
    case 'wait': {
      const seconds = Math.ceil(fault.waitMs / SECOND_MS)
      return seconds < MINUTE_SECONDS
        ? t('fault.waitSeconds', { seconds })
        : t('fault.waitMinutes', { minutes: Math.ceil(seconds / MINUTE_SECONDS) })
    }
    case 'password':
      return passwordText(fault.fault)
    case 'name':
      return validationErrorText(await getTranslations('validation'), fault.validationError, t('field.name'))
    default:
      return t(`fault.${fault.kind}`)
  }
}

/** What a form says about a fault: a message, and the error of each field that `fieldOf` names. */
export async function refusedBecause(
  fault: SetUpFault | PeopleFault,
  fieldOf: Partial<Record<(SetUpFault | PeopleFault | ProfileFault)['kind'], string>>,
  typed: Record<string, string>,
): Promise<Outcome> {
  const errors: Record<string, string> = {}
  for (const one of fault.kind === 'invalid' ? fault.faults : [fault]) {
    const field = fieldOf[one.kind]
    if (field) errors[field] = await faultText(one)
  }
  return refused(await faultText(fault), { typed, errors })
}

async function passwordText(fault: PasswordFault): Promise<string> {
  const t = await getTranslations('people')
  return fault.kind === 'invalid'
    ? validationErrorText(await getTranslations('validation'), fault.validationError, t('field.newPassword'))
    : t(`fault.password-${fault.kind}`)
}
