import { FAULTS, type FaultDefinition, type FaultName } from '../faults/fault-list'
import { type SmtpReply, smtpReplies } from '../faults/fault-replies'
import type { Faults } from '../faults/faults'
import type { Mailbox, World } from '../world/world'

/** What an everyday fault is switched in: the faults of the simulator, and the tenant with the console's mailbox. */
export interface Place {
  faults: Faults
  world: World
}

export interface EverydayFault {
  id: string
  group: (typeof EVERYDAY_GROUPS)[number]
  title: string
  detail: string
  /** The fault of the simulator that causes it. Absent for a change in the tenant. */
  cause?: FaultName
  /** What can be chosen, for a fault that has kinds. */
  choices?: readonly string[]
  isOn(place: Place): boolean
  /** `choice` is one of `choices`; anything else means the first. */
  turn(place: Place, on: boolean, choice?: string): void
}

export const EVERYDAY_GROUPS = [
  'Sign-in at Entra',
  'Permissions in Exchange',
  'Connection',
  'Delivery and notifications',
] as const

type Text = Pick<EverydayFault, 'id' | 'group' | 'title' | 'detail'>

/** A fault that is on while this fault of the simulator has this value. */
const byValue = (text: Text, name: FaultName, value: unknown): EverydayFault => ({
  ...text,
  cause: name,
  isOn: ({ faults }) => faults.value(name) === value,
  turn: ({ faults }, on) => void faults.set({ [name]: on ? value : null }),
})

/** A fault of which the page offers every kind. */
const byChoice = (text: Text, name: FaultName): EverydayFault => {
  const definition: FaultDefinition = FAULTS[name]
  const choices = definition.kind === 'choice' ? definition.choices : []
  return {
    ...text,
    cause: name,
    choices,
    isOn: ({ faults }) => faults.is(name),
    turn: ({ faults }, on, choice = '') => {
      const chosen = choices.includes(choice) ? choice : choices[0]
      faults.set({ [name]: on ? chosen : null })
    },
  }
}

/** A fault in which Exchange answers one stage otherwise. Several of them may be on together. */
const byReply = (text: Text, { stage, reply }: SmtpReply): EverydayFault => {
  const isThis = (each: SmtpReply) => each.stage === stage && each.reply === reply
  const replies = ({ faults }: Place) => smtpReplies(faults.value('smtpReply'))
  return {
    ...text,
    cause: 'smtpReply',
    isOn: (place) => replies(place).some(isThis),
    turn: (place, on) => {
      const remaining = replies(place).filter((each) => !isThis(each))
      const all = on ? [...remaining, { stage, reply }] : remaining
      place.faults.set({ smtpReply: all.length > 0 ? all : null })
    },
  }
}

const firstTenant = ({ world }: Place) => world.tenants[0]

/** A fault in what an administrator has set for the mailbox that the console sends from. */
const byMailbox = (
  text: Text,
  isOn: (mailbox: Mailbox) => boolean,
  turn: (mailbox: Mailbox, on: boolean, principalId: string) => void,
): EverydayFault => ({
  ...text,
  isOn: (place) => firstTenant(place)?.mailboxes.slice(0, 1).some(isOn) ?? false,
  turn: (place, on) => {
    const tenant = firstTenant(place)
    const [mailbox] = tenant?.mailboxes ?? []
    if (mailbox) turn(mailbox, on, tenant?.applications[0]?.servicePrincipal?.objectId ?? '')
  },
})

const entra = { group: 'Sign-in at Entra' } as const
const exchange = { group: 'Permissions in Exchange' } as const
const connection = { group: 'Connection' } as const
const delivery = { group: 'Delivery and notifications' } as const

/** The faults that administrators meet most often, as the control page offers them. */
export const EVERYDAY: readonly EverydayFault[] = [
  byValue(
    {
      ...entra,
      id: 'secret-expired',
      title: 'The client secret has expired',
      detail: 'AADSTS7000222 for every token request',
    },
    'entraError',
    7_000_222,
  ),
  byValue(
    {
      ...entra,
      id: 'secret-wrong',
      title: 'The client secret is wrong',
      detail: 'AADSTS7000215, also right after a secret was created',
    },
    'entraError',
    7_000_215,
  ),
  byValue(
    {
      ...entra,
      id: 'application-unknown',
      title: 'The application is unknown',
      detail: 'AADSTS700016: wrong tenant or wrong ID',
    },
    'entraError',
    700_016,
  ),
  byValue(
    { ...entra, id: 'overloaded', title: 'Entra is overloaded', detail: 'Asks to retry after 17 seconds' },
    'entraThrottled',
    17,
  ),
  byMailbox(
    {
      ...exchange,
      id: 'permission-missing',
      title: 'The mailbox permission is missing',
      detail: 'The sign-in works, the message is rejected',
    },
    ({ fullAccess }) => fullAccess.length === 0,
    (mailbox, on, principalId) => {
      mailbox.fullAccess = on ? [] : [principalId]
    },
  ),
  byReply(
    { ...exchange, id: 'sender-not-allowed', title: 'Not allowed to send as this sender', detail: '550 5.7.60' },
    { stage: 'message', reply: '550 5.7.60 SMTP; Client does not have permissions to send as this sender {tail}' },
  ),
  byMailbox(
    { ...exchange, id: 'smtp-auth-off', title: 'SMTP AUTH is off for the mailbox', detail: '535 5.7.139' },
    ({ smtpAuthDisabled }) => smtpAuthDisabled === true,
    (mailbox, on) => {
      mailbox.smtpAuthDisabled = on
    },
  ),
  byReply(
    {
      ...exchange,
      id: 'recipient-unknown',
      title: 'The recipient does not exist',
      detail: '550 5.1.10 for every recipient',
    },
    {
      stage: 'recipient',
      reply: '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup {tail}',
    },
  ),
  byValue(
    {
      ...connection,
      id: 'silent',
      title: 'The server does not respond',
      detail: 'Accepts the connection and never greets',
    },
    'smtpSilent',
    true,
  ),
  byValue(
    { ...connection, id: 'no-encryption', title: 'No encryption is offered', detail: 'STARTTLS is missing' },
    'smtpNoStartTls',
    true,
  ),
  byChoice(
    {
      ...connection,
      id: 'certificate',
      title: 'The certificate is wrong',
      detail: 'Its name, date or issuer does not fit',
    },
    'smtpCertificate',
  ),
  byReply(
    { ...delivery, id: 'too-fast', title: 'The mailbox sends too fast', detail: '432 4.3.2: try again later' },
    {
      stage: 'message',
      reply: '432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded {tail}',
    },
  ),
  byValue(
    {
      ...delivery,
      id: 'answer-lost',
      title: 'The answer is lost after the message',
      detail: 'Outcome unknown: the message may arrive twice',
    },
    'smtpDrop',
    'accepted',
  ),
  byValue(
    { ...delivery, id: 'webhook-down', title: 'The webhook receiver is down', detail: 'Answers 500' },
    'webhookStatus',
    500,
  ),
]

/** The common faults that are on, and the names of the other faults that are on. */
export function activeFaults(place: Place): { everyday: EverydayFault[]; remaining: string[] } {
  const everyday = EVERYDAY.filter((fault) => fault.isOn(place))
  const remaining = Object.keys(place.faults.all()).filter((name) => !everyday.some(({ cause }) => cause === name))
  return { everyday, remaining }
}
