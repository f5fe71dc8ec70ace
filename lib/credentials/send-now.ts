import { diagnose } from '../diagnosis'
import { fail, ok, type Result } from '../kernel'
import { faultOf, type SendFault } from '../notifications/notice'
import type { MailTransport, UnsignedMail } from '../smtp/contracts'
import type { Credentials } from '.'
import { withLogin } from './login'

interface SendNowDeps {
  credentials: Pick<Credentials, 'login' | 'renew'>
  transport: MailTransport
}

/** Sends as other mail is sent: with the current credential or its fallback. A token that the server refuses is renewed once. */
export async function sendNow(
  { credentials, transport }: SendNowDeps,
  mailFrom: (senderAddress: string) => UnsignedMail,
  signal: AbortSignal,
): Promise<Result<void, SendFault>> {
  const sent = await withLogin(credentials, { signal }, async ({ server, sender }) => {
    const mail = { ...mailFrom(sender.address), from: sender, envelopeFrom: sender.address }
    const attempt = await transport.attempt(server, mail, { signal, dryRun: false, onStep: () => {} })
    const [refusal] = attempt.ok ? attempt.value.refused : []
    const failure = attempt.ok ? refusal && { stage: 'recipient' as const, fault: refusal.fault } : attempt.error
    return failure ? fail({ ...failure, login: server.login.kind }) : ok(undefined)
  })
  if (sent.ok) return sent
  const { error } = sent
  if ('kind' in error && error.kind === 'no-server') return faultOf('no-server')
  const { code, evidence } = 'diagnosis' in error ? error.diagnosis : diagnose(error.fault, { ...error, claims: null })
  return faultOf(code, evidence)
}
