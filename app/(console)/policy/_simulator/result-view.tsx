import type { ReactNode } from 'react'
import { fill } from '@/app/(console)/_form/labels'
import { evidencePath, senderPath } from '@/app/paths'
import { Fold } from '@/components/panel'
import { Foreign, TextLink } from '@/components/text'
import type { SimulatedDecision } from '@/lib/policy'
import { sameAddress } from '@/lib/policy/sender'
import { type PolicyLabels, senderOf, serverInAddress } from '../_editor/labels'
import { place } from '../_editor/sentence'

type Acceptance = NonNullable<SimulatedDecision['acceptance']>

const ACCEPTANCE_TONE: Record<Acceptance['kind'], string> = {
  verified: 'text-good',
  failing: 'text-bad',
  refused: 'text-bad',
  'refusal-expected': 'text-bad',
  expected: '',
  unknown: '',
}

export function SimulationView({ decision, w }: { decision: SimulatedDecision; w: PolicyLabels }) {
  const { recipient, by, identity, undecided, passedOver, acceptance, replaced } = decision
  const tone = acceptance === null ? '' : ACCEPTANCE_TONE[acceptance.kind]
  const withoutRule = by.kind === 'last-line' ? w.try.byLastLine : w.try.byNobody
  return (
    <article aria-label={recipient} className="rounded-md border border-line bg-sheet px-3.5 py-3 text-sm">
      <p className="text-faint">
        {w.try.recipients} <Foreign>{recipient}</Foreign>
      </p>
      <h3 className={`text-base font-[620] [&_bdi]:inline-block ${tone || (undecided ? 'text-warn' : '')}`}>
        {identity &&
          place(titleOf(acceptance, w), {
            sender: <Foreign>{identity.from.address}</Foreign>,
          })}
        {!identity && (undecided ? w.try.waits : w.try.declined)}
      </h3>
      <dl className="mt-1 divide-y divide-line">
        {identity && <FromFact decision={decision} identity={identity} w={w} />}
        <Fact term={w.try.rule}>
          {by.kind === 'rule' ? fill(w.try.byRule, { number: by.number, name: by.name }) : withoutRule}
          {replaced && <p className="text-soft">{place(w.try.replaced, { address: <Foreign>{replaced}</Foreign> })}</p>}
        </Fact>
        {identity && <IdentityFacts decision={decision} identity={identity} w={w} />}
      </dl>
      {!identity && <p className="mt-1 text-soft">{undecided ? w.try.waitsText : w.try.final}</p>}
      {passedOver.length > 0 && (
        <Fold summary={`${w.try.passedOver} (${passedOver.length})`}>
          <ul className="grid gap-0.5 text-soft">
            {passedOver.map(({ id, number, name, why }) => (
              <li key={id}>{fill(w.try.byRuleWhy, { number, name, why: w.try.why[why] })}</li>
            ))}
          </ul>
        </Fold>
      )}
    </article>
  )
}

const Fact = ({ term, children }: { term: string; children: ReactNode }) => (
  <div className="grid grid-cols-[5rem_minmax(0,1fr)] gap-x-3 py-1.5">
    <dt className="text-faint">{term}</dt>
    <dd>{children}</dd>
  </div>
)

/** Messages wait while delivery is paused or the secret cannot be opened; another failure is seen only when they are tried. */
const isHeldUp = (acceptance: Acceptance | null) =>
  acceptance?.kind === 'failing' && (acceptance.cause.kind === 'paused' || acceptance.cause.kind === 'unreadable')

function titleOf(acceptance: Acceptance | null, w: PolicyLabels): string {
  if (isHeldUp(acceptance)) return w.try.leavesLater
  const isBad = acceptance !== null && ACCEPTANCE_TONE[acceptance.kind] === 'text-bad'
  return isBad ? w.try.leavesRejected : w.try.leaves
}

interface IdentityProps {
  decision: SimulatedDecision
  identity: NonNullable<SimulatedDecision['identity']>
  w: PolicyLabels
}

const serverUsed = ({ failover, server }: SimulatedDecision) => failover?.id ?? server

/** What the title leaves out of the sender: a name, and why it is not the person's own address. */
function FromFact({ decision, identity: { from, note, replyTo }, w }: IdentityProps) {
  if (from.name === '' && note === null) return null
  const person = note === 'not-verified' ? replyTo : null
  return (
    <Fact term={w.try.from}>
      {from.name !== '' && <MailboxText {...from} />}
      {note && (
        <p className="text-warn">
          {w.try[note]} {person && <SenderLink server={serverUsed(decision)} address={person.address} w={w} />}
        </p>
      )}
    </Fact>
  )
}

/** Where the message would go, and whether its mail server should accept it. */
function IdentityFacts({ decision, identity, w }: IdentityProps) {
  const { serverName, failover, acceptance } = decision
  const server = serverUsed(decision)
  const sender = senderOf(server, w)
  return (
    <>
      {serverName !== null && (
        <Fact term={w.try.by}>
          <Foreign>{failover ? fill(w.try.failover, { server: serverName, name: failover.name }) : serverName}</Foreign>
        </Fact>
      )}
      {identity.replyTo && (
        <Fact term={w.try.replyTo}>
          <MailboxText {...identity.replyTo} />
        </Fact>
      )}
      <Fact term={w.try.login}>{identity.login ? <Foreign>{identity.login}</Foreign> : w.try.noLogin}</Fact>
      {acceptance && (
        <Fact term={sender?.type === 'exchange-online-oauth2' ? w.try.exchange : w.try.server}>
          <AcceptanceView {...{ acceptance, server, w }} address={identity.from.address} />
        </Fact>
      )}
    </>
  )
}

function MailboxText({ name, address }: { name: string; address: string }) {
  if (name === '') return <Foreign>{address}</Foreign>
  return (
    <>
      <Foreign>{name}</Foreign>
      <Foreign className="block text-faint">{address}</Foreign>
    </>
  )
}

/** A link to the page of a sender, at Exchange and for senders other than the mail server's own. */
function SenderLink({ server, address, w }: { server: string | null; address: string; w: PolicyLabels }) {
  const serverSender = senderOf(server, w)
  if (serverSender?.type !== 'exchange-online-oauth2' || sameAddress(serverSender.address, address)) return null
  const href = senderPath({ server: serverInAddress(server, w), address: address.toLowerCase() })
  return <TextLink href={href}>{w.try.openSender}</TextLink>
}

function AcceptanceView(props: { acceptance: Acceptance; server: string | null; address: string; w: PolicyLabels }) {
  const { acceptance, server, address, w } = props
  const evidence = evidenceOf(acceptance)
  return (
    <span className={ACCEPTANCE_TONE[acceptance.kind]}>
      {acceptanceText(acceptance, w)}{' '}
      {evidence && (
        <TextLink href={evidencePath(evidence)}>{w.try[evidence.how === 'test' ? 'openTest' : 'openMessage']}</TextLink>
      )}{' '}
      <SenderLink {...{ server, address, w }} />
    </span>
  )
}

function acceptanceText(acceptance: Acceptance, w: PolicyLabels): string {
  if (acceptance.kind === 'failing') return w.try[`failing-${acceptance.cause.kind}`]
  if (acceptance.kind === 'verified' || acceptance.kind === 'refused')
    return w.try[`${acceptance.kind}-${acceptance.how}`]
  return w.try[acceptance.kind]
}

function evidenceOf(acceptance: Acceptance): Parameters<typeof evidencePath>[0] | null {
  if (acceptance.kind === 'verified' || acceptance.kind === 'refused') return acceptance
  if (acceptance.kind !== 'failing' || !('evidenceId' in acceptance.cause)) return null
  return { how: acceptance.cause.kind, evidenceId: acceptance.cause.evidenceId }
}
