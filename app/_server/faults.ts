import 'server-only'
import { complaintText } from '@/lib/kernel/complaint'
import type { PasswordFault } from '@/lib/sign-in/password-policy'
import type { AccountFault, PeopleFault, SetUpFault, SignInFault } from '@/lib/sign-in/terms'
import { words } from './words'

const SECOND_MS = 1000
const MINUTE_SECONDS = 60

/** Every way a sign-in, set-up, account or people story can say no, in the reader's language. */
export async function faultText(fault: SignInFault | SetUpFault | AccountFault | PeopleFault): Promise<string> {
  const t = await words('people')
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
      return complaintText(await words('validation'), fault.complaint)
    default:
      return t(`fault.${fault.kind}`)
  }
}

async function passwordText(fault: PasswordFault): Promise<string> {
  if (fault.kind === 'complaint') return complaintText(await words('validation'), fault.complaint)
  return (await words('people'))(`fault.password-${fault.kind}`)
}
