import { SECOND_MS } from '@/lib/kernel/time'
import 'server-only'
import type { PasswordFault } from '@/lib/accounts/password-policy'
import type { AccountFault, PeopleFault, SetUpFault, SignInFault } from '@/lib/accounts/terms'
import { validationErrorText } from '@/lib/validation/validation-error'
import { getTranslations } from './translations'

const MINUTE_SECONDS = 60

/** Every way a sign-in, set-up, account or people story can say no, in the reader's language. */
export async function faultText(
  fault: SignInFault | Exclude<SetUpFault, { kind: 'invalid' }> | AccountFault | PeopleFault,
): Promise<string> {
  const t = await getTranslations('people')
  switch (fault.kind) {
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

async function passwordText(fault: PasswordFault): Promise<string> {
  const t = await getTranslations('people')
  return fault.kind === 'complaint'
    ? validationErrorText(await getTranslations('validation'), fault.validationError, t('field.newPassword'))
    : t(`fault.password-${fault.kind}`)
}
