import fc from 'fast-check'
import type { Mailbox, Pattern, PolicyRules, Rule } from '../../lib/policy/rules'
import type { KnownSender, SenderWay, Sending, ServerLookup } from '../../lib/policy/sender'

/** For tests only: rules and messages of a small world, so that they often meet. */
export const EXCHANGE: Sending = {
  server: {
    type: 'exchange-online-oauth2',
    senderAddress: 'noreply@contoso.example',
    senderName: 'Contoso',
    allowIndividualSenders: false,
  },
  senders: new Map(),
}

export const SMTP: Sending = {
  server: {
    type: 'smtp',
    senderAddress: 'noreply@contoso.example',
    senderName: 'Contoso',
    allowIndividualSenders: true,
    username: 'relay',
  },
  senders: new Map(),
}

/** A sender as the store knows it. */
export const sender = (way: SenderWay, outcome: 'accepted' | 'refused' | null): KnownSender => ({
  way,
  lastResult: outcome && {
    outcome,
    at: new Date(0),
    how: 'test',
    revision: 1,
    evidenceId: '0198b000-0000-7000-8000-000000000001',
    code: outcome === 'refused' ? 'send-as-denied' : null,
    evidence: outcome === 'refused' ? '554 5.2.252 SendAsDenied' : null,
  },
})

export const ruleOf = (change: Partial<Rule> & { id: string }): Rule => ({
  name: change.id,
  enabled: true,
  senders: [],
  recipients: [],
  outcome: { verdict: 'allow', sender: null, individual: false, server: null },
  ...change,
})

export const address = (text: string): Pattern => ({ kind: 'address', address: text })
export const domain = (text: string): Pattern => ({ kind: 'domain', domain: text })
export const localPart = (start: string, end: string, at: string): Pattern => ({
  kind: 'local-part',
  start,
  end,
  domain: at,
})
export const tree = (text: string): Pattern => ({ kind: 'domain-tree', domain: text })
export const regex = (source: string): Pattern => ({ kind: 'regex', source })

const DOMAINS = ['contoso.example', 'mail.contoso.example', 'fabrikam.example', 'xn--mnchen-3ya.example']
const LOCALS = ['alerts', 'Alerts', 'info', "o'neil", 'почта', '"a@b"']

export const anyAddress: fc.Arbitrary<string> = fc
  .tuple(fc.constantFrom(...LOCALS), fc.constantFrom(...DOMAINS))
  .map(([local, at]) => `${local}@${at}`)

const anyMailbox: fc.Arbitrary<Mailbox> = fc.record({
  address: anyAddress,
  name: fc.constantFrom('', 'Alerts', 'Zoë "Z"'),
})

const anyPattern: fc.Arbitrary<Pattern> = fc.oneof(
  anyAddress.map(address),
  fc.constantFrom(...DOMAINS).map(domain),
  fc
    .tuple(fc.constantFrom('', 'a', 'al', 'info'), fc.constantFrom('s', 'ts', 'fo'), fc.constantFrom(...DOMAINS))
    .map((parts) => localPart(...parts)),
  fc.constantFrom(...DOMAINS).map(tree),
  fc.constantFrom('.*', 'alerts@.*', '.*@(mail\\.)?contoso\\.example', '[a-z]+@fabrikam.*').map(regex),
)

/** One that is there, and one that is not. */
export const OTHER_SERVER = '00000000-0000-4000-8000-00000000000b'
export const GONE_SERVER = '00000000-0000-4000-8000-00000000000c'

const anyRule: fc.Arbitrary<Omit<Rule, 'id'>> = fc.record({
  name: fc.constantFrom('Partners', 'Everyone', 'Support'),
  enabled: fc.boolean(),
  senders: fc.array(anyPattern, { maxLength: 3 }),
  recipients: fc.array(anyPattern, { maxLength: 3 }),
  outcome: fc.oneof(
    fc.constant({ verdict: 'decline' as const }),
    fc.record({
      verdict: fc.constant('allow' as const),
      sender: fc.option(
        fc.record({
          address: fc.constantFrom('info@contoso.example', 'noreply@contoso.example'),
          name: fc.constantFrom('', 'Info'),
        }),
      ),
      individual: fc.boolean(),
      server: fc.option(fc.constantFrom(OTHER_SERVER, GONE_SERVER), { freq: 3 }),
    }),
  ),
})

export const anyRules: fc.Arbitrary<PolicyRules> = fc.record({
  rules: fc.array(anyRule, { maxLength: 6 }).map((rules) => rules.map((rule, at) => ({ id: `r${at}`, ...rule }))),
  otherwise: fc.constantFrom('allow', 'decline'),
})

export const anySending: fc.Arbitrary<Sending> = fc.record({
  server: fc.constantFrom(
    EXCHANGE.server,
    SMTP.server,
    { ...SMTP.server, allowIndividualSenders: false },
    {
      ...EXCHANGE.server,
      allowIndividualSenders: true,
    },
  ),
  senders: fc
    .array(
      fc.tuple(
        anyAddress.map((text) => text.toLowerCase()),
        fc.constantFrom<SenderWay>('send-as', 'login'),
        fc.constantFrom<'accepted' | 'refused' | null>('accepted', 'accepted', 'refused', null),
      ),
      { maxLength: 4 },
    )
    .map((list) => new Map(list.map(([address, way, outcome]) => [address, sender(way, outcome)]))),
})

export const anyMail = fc.record({
  originator: fc.option(anyMailbox, { freq: 10 }),
  recipients: fc.array(anyAddress, { minLength: 1, maxLength: 4 }),
})

/** The default one and another; a third is not there. */
export const anyServers: fc.Arbitrary<{ standard: Sending; other: Sending; servers: ServerLookup }> = fc
  .tuple(anySending, anySending)
  .map(([standard, other]) => ({
    standard,
    other,
    servers: (id) => {
      if (id === null) return standard
      return id === OTHER_SERVER ? other : null
    },
  }))
