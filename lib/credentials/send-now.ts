import { diagnose } from '../diagnosis'
import { fail, ok, type Result } from '../kernel'
import { faultOf, type SendFault } from '../notifications/notice'
import type { MailTransport, UnsignedMail } from '../smtp/contracts'
import type { Credentials } from '.'
import type { CredentialsDeps } from './deps'

interface SendNowDeps extends Pick<CredentialsDeps, 'clock'> {
  credentials: Pick<Credentials, 'login' | 'renew'>
  transport: MailTransport
}

/** Sends as other mail is sent: with the current credential or its fallback. A token that the server refuses is renewed once. */
export async function sendNow(
  { credentials, transport, clock }: SendNowDeps,
  mailFrom: (senderAddress: string) => UnsignedMail,
  signal: AbortSignal,
): Promise<Result<void, SendFault>> {
  let login = await credentials.login(signal)
  for (let renewed = false; ; renewed = true) {
    if (!login.ok) {
      if (login.error.kind === 'no-server') return faultOf('no-server')
      return faultOf(login.error.diagnosis.code, login.error.diagnosis.evidence)
    }
    const { server, sender, token } = login.value
    const mail = { ...mailFrom(sender.address), from: sender, envelopeFrom: sender.address }
    const attempt = await transport.attempt(server, mail, { signal, dryRun: false, onStep: () => {} })
    const [refusal] = attempt.ok ? attempt.value.refused : []
    const failure = attempt.ok ? refusal && { stage: 'recipient' as const, fault: refusal.fault } : attempt.error
    if (!failure) return ok(undefined)
    const { stage, fault } = failure
    const mayRenew = token !== null && !renewed && stage === 'auth' && fault.kind === 'smtp' && fault.code === 535
    if (mayRenew) {
      const again = await credentials.renew(login.value, signal)
      if (again.ok) login = again
      else if (again.error.kind !== 'paused') login = fail(again.error)
      if (again.ok || again.error.kind !== 'paused') continue
    }
    const { code, evidence } = diagnose(fault, { stage, claims: null, now: clock.now(), login: server.login.kind })
    return faultOf(code, evidence)
  }
}
