import { brokenOff, type Diagnosis, diagnose } from '../../diagnosis'
import { startDeadline } from '../../kernel/deadline'
import type { Result } from '../../kernel/result'
import { isSenderRefusal } from '../../mail-server/senders/rejection'
import type { Accepted, Composed, FailedAttempt, MailConnection } from '../../smtp/contracts'
import type { ClaimedMessage, Decision, RecipientState, Route, Settlement } from '../message'
import type { DeliveryDeps, RouteLogin } from '../ports'
import { decidedAnew, type Judged, judgeBroken, judgeDeclined, judgeNoWay, judgeSent, type TriedGroup } from './outcome'
import { planRetry, type Scope } from './retry-plan'

/** What a connection offers to the message that it carries now. */
export interface Carrier {
  /** An open connection, made if need be. */
  connection(signal: AbortSignal): Promise<Result<{ connection: MailConnection; isKept: boolean }, Diagnosis>>
  /** Gives a connection up that the server has ended. */
  drop(): void
  login(): RouteLogin | null
}

export interface Attempted {
  settlement: Settlement
  scope: Scope
  /** What held it up; null: nothing. */
  diagnosis: Diagnosis | null
}

/**
 * Attempts delivery once per group. Never throws because of this message alone, nor for an error of our own: that
 * ends in an attempt with back-off, so that the message is not claimed again every time its lease ends.
 */
export async function attemptMessage(
  deps: DeliveryDeps,
  carrier: Carrier,
  message: ClaimedMessage,
  end: AbortSignal,
): Promise<Attempted> {
  const course = { hasBegun: false }
  try {
    return await attempt(deps, carrier, message, end, course)
  } catch (error) {
    if (end.aborted) throw error
    deps.log.error('an attempt broke off', { subject: `message:${message.id}`, error })
    return broken(deps, message, brokenOff(error, 'settings'), course.hasBegun)
  }
}

async function attempt(
  deps: DeliveryDeps,
  carrier: Carrier,
  message: ClaimedMessage,
  end: AbortSignal,
  course: { hasBegun: boolean },
): Promise<Attempted> {
  const { mailServerId, mailbox, bytes, recipients, sizeBytes } = message
  if (!bytes || bytes.length !== sizeBytes || recipients.length === 0) return unreadable(message)
  const letter = { originator: message.originator, recipients: recipients.map(({ address }) => address) }
  const { version, rules, movedFromId } = message
  const decided = await deps.decision.decide(letter, { mailServerId, version, rules, movedFromId })
  if (!decided.ok) return undecided(message, decided.error, deps.clock.now())
  const isHere = ({ route }: { route: Route }) => route.mailServerId === mailServerId && route.mailbox === mailbox
  const judged: Judged[] = []
  const declined: Pick<Judged, 'recipients' | 'attempt'>[] = []
  const elsewhere: { route: Route }[] = []
  for (const decision of decided.value) {
    if (decision.kind === 'declined') declined.push(judgeDeclined({ message, at: deps.clock.now() }, decision))
    else if (decision.kind === 'elsewhere' || !isHere(decision)) elsewhere.push(decision)
    else if (judged.every(({ scope }) => scope === 'message')) {
      course.hasBegun = true
      const one = await tryGroup(deps, carrier, message, decision, end)
      if (one === null) return unreadable(message)
      judged.push(one)
    }
  }
  return conclude(deps, message, { judged, declined, elsewhere })
}

type Group = Extract<Decision, { kind: 'allowed' }>
type Sent =
  | { kind: 'no-way'; diagnosis: Diagnosis }
  | { kind: 'answered'; result: Result<Accepted, FailedAttempt> }
  | { kind: 'broken'; diagnosis: Diagnosis }

async function tryGroup(
  deps: DeliveryDeps,
  carrier: Carrier,
  message: ClaimedMessage,
  group: Group,
  end: AbortSignal,
): Promise<Judged | null> {
  const { clock, log, crash, factory, deadlines } = deps
  const at = clock.now()
  const begunMs = clock.monotonicMs()
  const tried = (): TriedGroup => ({ message, group, at, durationMs: Math.round(clock.monotonicMs() - begunMs) })
  const signed = await sign()
  if (!signed) return null

  const isOwnMailbox = message.mailbox === ''
  let reached = 'connect' as Diagnosis['stage']
  const sent = await send(signed).catch((error: unknown): Sent => {
    if (end.aborted) throw error
    log.error('an attempt broke off', { subject: `message:${message.id}`, stage: reached, error })
    return { kind: 'broken', diagnosis: brokenOff(error, reached) }
  })
  if (sent.kind === 'broken')
    return judgeBroken(tried(), sent.diagnosis, { isOwnSender: true, isOwnMailbox }, reached === 'data')
  if (sent.kind === 'no-way')
    return learned(judgeNoWay(tried(), sent.diagnosis, { isOwnSender: true, isOwnMailbox }), sent.diagnosis)
  if (sent.result.ok) crash('after-250')
  const login = carrier.login()
  const told = (fault: FailedAttempt['fault'], stage: Diagnosis['stage']) =>
    diagnose(fault, {
      stage,
      claims: login?.claims() ?? null,
      now: clock.now(),
      login: login?.server.login.kind ?? 'none',
    })
  // Whoever logs in as the address that the mail is from lacks more than one mail's permission.
  const isOwnSender =
    login?.server.login.kind === 'xoauth2' && login.server.login.mailbox === group.identity.from.address
  const judged = judgeSent(tried(), sent.result, told, { isOwnSender, isOwnMailbox })
  return learned(judged, sent.result.ok ? null : told(sent.result.error.fault, sent.result.error.stage))

  /** What this try told of the sender is kept, before anybody decides by it again. */
  async function learned(result: Judged, diagnosis: Diagnosis | null): Promise<Judged> {
    const { sender } = group
    if (!sender || result.unknownOutcome) return result
    const refusal = diagnosis && isSenderRefusal(diagnosis.code, { ownLogin: !isOwnMailbox }) ? diagnosis : null
    const isNews = refusal !== null || (diagnosis === null && !sender.isVerified)
    if (!isNews) return result
    const { mailServerId, version, id: messageId } = message
    const { address, digest, isVerified: wasVerified } = sender
    const told = { mailServerId, address, digest, version, messageId, at, refusal, wasVerified }
    // The answer to this message counts, whether or not what it says of the sender can be kept.
    const isKept = await deps.senders.note(told).catch((error: unknown) => {
      log.error('what an answer says of a sender was not kept', { subject: `message:${messageId}`, error })
      return false
    })
    return isKept && refusal && wasVerified ? decidedAnew(result, refusal) : result
  }

  async function sign(): Promise<Composed | null> {
    try {
      const { bytes, needsUtf8 } = message
      const whole = bytes && (await factory.sign({ bytes, needsUtf8 }, group.identity))
      return whole && { ...whole, envelope: { from: group.envelopeFrom, to: [...group.recipients] } }
    } catch (error) {
      log.error('a mail cannot be written', { subject: `message:${message.id}`, error })
      return null
    }
  }

  async function send(composed: Composed): Promise<Sent> {
    for (let again = false; ; again = true) {
      const deadline = startDeadline(deadlines, end)
      try {
        const opened = await carrier.connection(deadline.signal)
        if (!opened.ok) return { kind: 'no-way', diagnosis: opened.error }
        const { connection, isKept } = opened.value
        reached = 'sender'
        const result = await connection.send(composed, {
          signal: deadline.signal,
          dryRun: false,
          onStep() {},
          onDot() {
            reached = 'data'
            deadline.finalDotSent()
            crash('after-dot')
          },
        })
        if (connection.ended) carrier.drop()
        // A server may end a connection between two messages; this one has not begun then (F-40).
        if (!result.ok && isKept && !again && wasEndedBefore(result.error)) continue
        return { kind: 'answered', result }
      } finally {
        deadline.clear()
      }
    }
  }
}

const wasEndedBefore = ({ stage, fault }: FailedAttempt): boolean =>
  stage === 'sender' &&
  ((fault.kind === 'net' && fault.code === 'connection-lost') || (fault.kind === 'smtp' && fault.code === 421))

interface Parts {
  judged: Judged[]
  declined: Pick<Judged, 'recipients' | 'attempt'>[]
  elsewhere: { route: Route }[]
}

async function conclude(deps: DeliveryDeps, message: ClaimedMessage, parts: Parts): Promise<Attempted> {
  const { judged, declined, elsewhere } = parts
  const all = [...judged, ...declined]
  const mayBeDuplicate = judged.some(({ unknownOutcome }) => unknownOutcome)
  const tried = judged.flatMap(({ recipients }) => recipients)
  const isRefused = message.movedFromId !== null && tried.some(({ state }) => state === 'failed')
  const goesHome = isRefused && !message.mayBeDuplicate && !mayBeDuplicate
  const results = [
    // A backup's no is not the last word: its own mail server may know the recipient, or take the sender.
    ...(goesHome
      ? tried.map((each) => (each.state === 'failed' ? { ...each, state: 'queued' as const } : each))
      : tried),
    ...declined.flatMap(({ recipients }) => recipients),
  ]
  const untried = message.recipients.length - results.length
  const held = judged.find(({ wait }) => wait !== null) ?? null
  const diagnosis = held?.wait ?? null
  const scope = judged.find((each) => each.scope !== 'message')?.scope ?? 'message'
  const waiting = results.filter(({ state }) => state === 'queued')
  const partlyTaken = results.some(({ state }) => state === 'delivered')
  const dueAt = diagnosis === null ? null : await dueAfter(deps, message, { diagnosis, scope, partlyTaken, held })
  // Whoever waited for a try that will not come does not get it.
  const lost =
    diagnosis !== null && dueAt === null && !goesHome
      ? new Set(waiting.map(({ position }) => position))
      : new Set<number>()
  const recipients = results.map((each) => (lost.has(each.position) ? { ...each, state: 'failed' as const } : each))
  const waits = recipients.some(({ state }) => state === 'queued') || untried > 0
  const next = untried > 0 && diagnosis === null ? (elsewhere[0]?.route ?? null) : null
  const failed = recipients.find(({ state }) => state === 'failed')
  const end = endOf([...message.endedAs, ...recipients.map(({ state }) => state)])
  return {
    scope,
    diagnosis,
    settlement: {
      ...settled(message),
      state: waits ? 'queued' : end.state,
      reason: waits ? null : (failed?.code ?? end.reason),
      dueAt: waits ? (dueAt ?? deps.clock.now()) : null,
      nextRoute: next,
      ...(next && next.mailServerId !== message.mailServerId && { movedFromId: null }),
      ...(goesHome && { ...homeOf(message), dueAt: deps.clock.now(), failoverRejected: true }),
      lastCode: diagnosis?.code ?? failed?.code ?? tried.find(({ code }) => code !== null)?.code ?? null,
      counts: judged.length > 0 && scope !== 'server',
      mayBeDuplicate,
      recipients,
      attempts: all.map(({ attempt }) => attempt),
    },
  }
}

/** What a policy rule declines is no failure, and takes nothing from what the server accepted for the others. */
function endOf(states: readonly RecipientState[]): Pick<Settlement, 'state' | 'reason'> {
  if (states.includes('failed')) return { state: 'failed', reason: 'partly' }
  if (!states.includes('declined')) return { state: 'delivered', reason: null }
  return states.includes('delivered')
    ? { state: 'delivered', reason: 'declined-in-part' }
    : { state: 'declined', reason: 'declined-by-rule' }
}

/** Back from the backup to its own mail server. */
const homeOf = ({ movedFromId }: Pick<ClaimedMessage, 'movedFromId'>) => ({
  nextRoute: movedFromId === null ? null : { mailServerId: movedFromId, mailbox: '' },
  movedFromId: null,
})

/**
 * The mail server at which it was tried is paused now, so that try was none of the mail's own. What certainly has not left goes on at
 * once, in the very transaction of its attempt: to the backup that takes over, or from a backup home. What may have left stays, and
 * so does what no backup would take.
 */
export function afterPause(
  attempted: Attempted,
  message: ClaimedMessage,
  { standIn, now }: { standIn: string | null; now: Date },
): Attempted {
  if (attempted.settlement.state !== 'queued' || attempted.settlement.mayBeDuplicate) return attempted
  const settlement = { ...attempted.settlement, dueAt: now, counts: false, ...goesOn() }
  return { ...attempted, settlement }

  function goesOn(): Partial<Settlement> {
    if (message.mayBeDuplicate) return {}
    if (message.movedFromId !== null) return homeOf(message)
    if (standIn === null || message.failoverRejected) return {}
    return { nextRoute: { mailServerId: standIn, mailbox: '' }, movedFromId: message.mailServerId }
  }
}

async function dueAfter(
  { clock, random, store, log }: DeliveryDeps,
  message: ClaimedMessage,
  {
    diagnosis,
    scope,
    partlyTaken,
    held,
  }: { diagnosis: Diagnosis; scope: Scope; partlyTaken: boolean; held: Judged | null },
): Promise<Date | null> {
  const now = clock.now()
  if (scope === 'server' || held?.isDecidedAnew) return now
  // The server took as many as it takes at a time; the rest may follow at once.
  if (partlyTaken && diagnosis.code === 'too-many-recipients') return now
  const { expiresAt, mailServerId } = message
  const changedAt = diagnosis.retry === 'settling' ? await changed() : null
  // Whatever a lost answer was about, the mail may be there or not: it is tried again (F-35).
  const isLost = held?.unknownOutcome && diagnosis.retry === 'no'
  const retry = isLost ? 'yes' : isHeldUpByMailbox(message, scope, diagnosis) ? 'later' : diagnosis.retry
  return planRetry({ retry, attemptCount: message.attemptCount + 1, now, expiresAt, changedAt, random: random() })

  /** An answer that has come is not lost because this is not known. */
  async function changed(): Promise<Date | null> {
    return store.changedAt(mailServerId).catch((error: unknown) => {
      log.error('when the settings changed is not known', { subject: `mail-server:${mailServerId}`, error })
      return null
    })
  }
}

/** A person mends the permission of another mailbox, whenever that is: until then its mail waits, as long as any does. */
const isHeldUpByMailbox = ({ mailbox }: ClaimedMessage, scope: Scope, { code }: Diagnosis): boolean =>
  mailbox !== '' && scope === 'route' && isSenderRefusal(code, { ownLogin: true })

const settled = ({ id, fence, source, mailServerId, mailbox, movedFromId, failoverRejected }: ClaimedMessage) => ({
  ...{ id, fence, source, movedFromId, failoverRejected },
  route: { mailServerId, mailbox },
})

/** The settings do not suffice: that is no fault of this mail. */
const undecided = (message: ClaimedMessage, diagnosis: Diagnosis, at: Date): Attempted => ({
  scope: 'server',
  diagnosis,
  settlement: {
    ...settled(message),
    state: 'queued',
    reason: null,
    nextRoute: null,
    dueAt: at,
    lastCode: diagnosis.code,
    counts: false,
    mayBeDuplicate: false,
    recipients: [],
    attempts: [
      {
        at,
        durationMs: 0,
        version: message.version,
        decision: {},
        positions: message.recipients.map(({ position }) => position),
        outcome: 'failed',
        stage: diagnosis.stage,
        code: diagnosis.code,
        reply: diagnosis.evidence,
        serverMessageId: null,
      },
    ],
  },
})

/** An error of our own, before or behind the sending of a group. The message waits as after any failure that may pass. */
function broken(
  { clock, random }: DeliveryDeps,
  message: ClaimedMessage,
  diagnosis: Diagnosis,
  hasBegun: boolean,
): Attempted {
  const now = clock.now()
  const facts = { retry: diagnosis.retry, attemptCount: message.attemptCount + 1, now, expiresAt: message.expiresAt }
  const dueAt = planRetry({ ...facts, changedAt: null, random: random() })
  const { settlement } = undecided(message, diagnosis, now)
  const attempts = settlement.attempts.map((each) => ({
    ...each,
    outcome: hasBegun ? ('unknown' as const) : each.outcome,
  }))
  return {
    scope: 'message',
    diagnosis,
    settlement: {
      ...settlement,
      ...(dueAt === null && { state: 'failed' as const, reason: diagnosis.code }),
      ...{ dueAt, counts: true, mayBeDuplicate: hasBegun, attempts },
      recipients:
        dueAt === null
          ? message.recipients.map(({ position }) => ({
              position,
              state: 'failed' as const,
              code: diagnosis.code,
              reply: diagnosis.evidence,
            }))
          : [],
    },
  }
}

/** Set aside for a person to look at: nothing is deleted, and nothing behind it waits. */
const unreadable = (message: ClaimedMessage): Attempted => ({
  scope: 'message',
  diagnosis: null,
  settlement: {
    ...settled(message),
    state: 'held',
    reason: 'unreadable',
    nextRoute: null,
    dueAt: null,
    lastCode: null,
    counts: false,
    mayBeDuplicate: false,
    recipients: [],
    attempts: [],
  },
})
