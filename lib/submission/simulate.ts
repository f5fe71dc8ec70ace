import ipaddr from 'ipaddr.js'
import { fail, ok, type Result } from '../kernel'
import { clientAt, learningAt, loginRefusal, refusalOfLogin } from './admission'
import type { Client } from './client'
import type { Ports } from './entrance'
import { type Refusal, refusal } from './refusal'
import { entrancesFor } from './set-up-card'
import { networkClients, readByLogin } from './store/clients'
import {
  checkRecipient,
  checkSender,
  MESSAGE_BYTES_MAX,
  MESSAGE_MIB_MAX,
  RECIPIENTS_MAX,
  type SubmitDeps,
  withDomain,
} from './submit'

/** A message that a device could submit. Nothing is sent, and no limit is used up. */
export interface SimulatedSubmission {
  /** Those that are open. */
  ports: Ports
  address: string
  /** Empty for a device without a login, which uses the port for listed networks if it is open. */
  login: string
  sender: string
  recipients: readonly string[]
  sizeBytes: number
}

/** What the listener answers, in the order of the session. The first refusal of connection, login, sender or size ends it. */
export interface SubmissionOutcome {
  /** Null if no client was recognised. */
  client: Client | null
  /** What ends the session; null if the message is accepted for some recipient. */
  refusal: Refusal | null
  sender: string | null
  /** Each recipient, normalised if it is accepted. */
  recipients: { address: string; refusal: Refusal | null }[]
}

/** Decides by the functions of real traffic. The password is taken to be right, and the author in From to be the sender. */
export async function simulate(deps: SubmitDeps, input: SimulatedSubmission): Promise<SubmissionOutcome> {
  const none = { client: null, sender: null, recipients: [] }
  const admitted = await admit(deps, input)
  if (!admitted.ok) return { ...none, refusal: admitted.error }
  const client = admitted.value
  const sender = checkSender(client, input.sender)
  if (!sender.ok) return { ...none, client, refusal: sender.error }
  const recipients: SubmissionOutcome['recipients'] = []
  for (const address of input.recipients) {
    const accepted = recipients.filter((each) => each.refusal === null).length
    const checked =
      accepted < RECIPIENTS_MAX
        ? await checkRecipient(deps, sender.value, withDomain(address, sender.value))
        : fail(refusal('too-many-recipients', { max: RECIPIENTS_MAX }))
    recipients.push(checked.ok ? { address: checked.value, refusal: null } : { address, refusal: checked.error })
  }
  const isAccepted = recipients.some((each) => each.refusal === null)
  const tooLarge = input.sizeBytes > MESSAGE_BYTES_MAX ? refusal('too-large', { max: MESSAGE_MIB_MAX }) : null
  return { client, sender: sender.value, recipients, refusal: isAccepted ? tooLarge : (recipients[0]?.refusal ?? null) }
}

async function admit(
  { db, clock }: SubmitDeps,
  { ports, login, ...from }: SimulatedSubmission,
): Promise<Result<Client, Refusal>> {
  const now = clock.now()
  const address = ipaddr.process(from.address).toString()
  if (login === '' || entrancesFor('login', ports).length === 0) {
    const clients = await networkClients(db)
    const hasPlain = ports.plain !== undefined
    const client = hasPlain ? clientAt(address, clients, now) : learningAt(address, clients, now)
    if (!client) return fail(hasPlain ? refusal('network-not-allowed', { address }) : refusal('login-needed'))
    return login === '' ? ok(client) : fail(refusal('login-not-taken'))
  }
  const known = (await readByLogin(db, login))?.client
  const why = known ? loginRefusal(known, address, now) : 'login-wrong'
  return known && why === null ? ok(known) : fail(refusalOfLogin(why ?? 'login-wrong', { login, address }))
}
