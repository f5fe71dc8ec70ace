import Link from 'next/link'
import type { ReactNode } from 'react'
import { fill } from '@/app/(console)/_form/labels'
import { messagePath, senderPath, testReportPath } from '@/app/paths'
import { DataList } from '@/components/data-list'
import { Foreign } from '@/components/foreign'
import { StatusBadge } from '@/components/state-badge'
import type { SimulatedDecision } from '@/lib/policy'
import { sameAddress } from '@/lib/policy/sender'
import { type PolicyLabels, serverInAddress } from '../_editor/labels'

interface Evidence {
  how: 'test' | 'delivery'
  evidenceId: string
}

/** A link to the test or message that shows it. */
export function EvidenceLink({
  acceptance: { how, evidenceId },
  w,
}: {
  acceptance: Evidence
  w: Pick<PolicyLabels, 'try'>
}) {
  return how === 'test' ? (
    <Link href={testReportPath(evidenceId)} prefetch={false} className="prose-link">
      {w.try.openTest}
    </Link>
  ) : (
    <Link href={messagePath(evidenceId)} prefetch={false} className="prose-link">
      {w.try.openMessage}
    </Link>
  )
}

/** What would happen to the message for one recipient, and why. */
export function SimulationView({ decision, w }: { decision: SimulatedDecision; w: PolicyLabels }) {
  const { recipient, by, identity, undecided, serverName, failover, passedOver, acceptance } = decision
  const server = failover?.id ?? decision.server
  const person = identity?.note === 'not-verified' ? identity.replyTo : null
  const byLabels =
    by.kind === 'rule'
      ? fill(w.try.byRule, { number: by.number, name: by.name })
      : by.kind === 'last-line'
        ? w.try.byLastLine
        : w.try.byNobody
  return (
    <article aria-label={recipient} className="rounded-lg border border-line bg-surface px-4 py-3">
      <div className="flex flex-wrap items-center justify-between gap-x-3 gap-y-1">
        <h3 className="min-w-0 font-[600]">
          <Foreign>{recipient}</Foreign>
        </h3>
        <StatusBadge tone={identity ? 'good' : 'warn'}>
          {identity ? w.try.leaves : undecided ? w.try.waits : w.try.declined}
        </StatusBadge>
      </div>
      <p className="text-sm text-soft">{byLabels}</p>
      {identity ? (
        <>
          {identity.note && (
            <p className="mt-2 text-sm text-warn">
              {w.try[identity.note]} {person && <SenderLink server={server} address={person.address} w={w} />}
            </p>
          )}
          <IdentityList {...{ identity, acceptance, serverName, failover, server, w }} />
        </>
      ) : (
        <p className="mt-2 text-sm text-soft">{undecided ? w.try.waitsText : w.try.final}</p>
      )}
      {passedOver.length > 0 && <PassedOver rules={passedOver} w={w} />}
    </article>
  )
}

/** The sender of the message in every place where it appears. */
function IdentityList(
  props: Pick<SimulatedDecision, 'acceptance' | 'serverName' | 'failover' | 'server'> & {
    identity: NonNullable<SimulatedDecision['identity']>
    w: PolicyLabels
  },
) {
  const { identity, acceptance, serverName, failover, server, w } = props
  return (
    <DataList
      narrow
      className="mt-2 text-sm"
      items={[
        ...(serverName === null
          ? []
          : [
              {
                term: w.try.by,
                value: (
                  <Foreign>
                    {failover ? fill(w.try.failover, { server: serverName, name: failover.name }) : serverName}
                  </Foreign>
                ),
              },
            ]),
        { term: w.try.from, value: <Foreign>{mailboxText(identity.from)}</Foreign> },
        { term: w.try.envelope, value: <Foreign>{identity.envelopeFrom}</Foreign> },
        {
          term: w.try.replyTo,
          value: identity.replyTo ? <Foreign>{mailboxText(identity.replyTo)}</Foreign> : w.try.replyToKept,
        },
        { term: w.try.login, value: identity.login ? <Foreign>{identity.login}</Foreign> : w.try.noLogin },
        ...(acceptance
          ? [
              {
                term: w.try.server,
                value: <AcceptanceView {...{ acceptance, server, w }} address={identity.from.address} />,
              },
            ]
          : []),
      ]}
    />
  )
}

function PassedOver({ rules, w }: { rules: SimulatedDecision['passedOver']; w: PolicyLabels }) {
  return (
    <details className="mt-2 text-sm">
      <summary className="w-fit font-[550] text-accent">
        {w.try.passedOver} ({rules.length})
      </summary>
      <ul className="mt-1 grid gap-0.5 text-soft">
        {rules.map(({ id, number, name, why }) => (
          <li key={id}>
            {fill(w.try.byRule, { number, name })} {w.try.why[why]}
          </li>
        ))}
      </ul>
    </details>
  )
}

const mailboxText = ({ name, address }: { name: string; address: string }): string =>
  name === '' ? address : `${name} <${address}>`

/** A link to the page of a sender, at Exchange and for senders other than the mail server's own. */
function SenderLink({ server, address, w }: { server: string | null; address: string; w: PolicyLabels }) {
  const own = (server === null ? w.servers[0] : w.servers.find(({ id }) => id === server))?.sender
  if (own?.type !== 'exchange-online-oauth2' || sameAddress(own.address, address)) return null
  const href = senderPath({ server: serverInAddress(server, w), address: address.toLowerCase() })
  return (
    <Link href={href} prefetch={false} className="prose-link">
      {w.try.openSender}
    </Link>
  )
}

function AcceptanceView({
  acceptance,
  server,
  address,
  w,
}: {
  acceptance: NonNullable<SimulatedDecision['acceptance']>
  server: string | null
  address: string
  w: PolicyLabels
}): ReactNode {
  const { kind } = acceptance
  const tone = {
    verified: 'text-good',
    failing: 'text-bad',
    refused: 'text-bad',
    'refusal-expected': 'text-bad',
    expected: '',
    unknown: '',
  }
  const evidence = evidenceOf(acceptance)
  return (
    <span className={tone[kind]}>
      {acceptanceText(acceptance, w)} {evidence && <EvidenceLink acceptance={evidence} w={w} />}{' '}
      <SenderLink {...{ server, address, w }} />
    </span>
  )
}

function acceptanceText(
  acceptance: NonNullable<SimulatedDecision['acceptance']>,
  w: Pick<PolicyLabels, 'try'>,
): string {
  if (acceptance.kind === 'failing') return w.try[`failing-${acceptance.cause.kind}`]
  if (acceptance.kind === 'verified' || acceptance.kind === 'refused')
    return w.try[`${acceptance.kind}-${acceptance.how}`]
  return w.try[acceptance.kind]
}

function evidenceOf(acceptance: NonNullable<SimulatedDecision['acceptance']>): Evidence | null {
  if (acceptance.kind === 'verified' || acceptance.kind === 'refused') return acceptance
  if (acceptance.kind !== 'failing' || !('evidenceId' in acceptance.cause)) return null
  return { how: acceptance.cause.kind, evidenceId: acceptance.cause.evidenceId }
}
