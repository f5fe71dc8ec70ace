import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, test } from 'vitest'
import type { FailingCause } from '@/lib/kernel'
import type { RuleFields } from '@/lib/policy/draft'
import german from '@/messages/de/policy.json'
import english from '@/messages/en/policy.json'
import { SimulationView } from './result-view'
import { SimulationOutcome } from './simulator-panel'

const SENDER = { address: 'noreply@contoso.example', name: '' }

function rendered(cause: FailingCause, messages: typeof english, replaced: string | null = null): string {
  return renderToStaticMarkup(
    <SimulationView
      decision={{
        recipient: 'a@fabrikam.example',
        by: { kind: 'no-originator' },
        identity: { from: SENDER, envelopeFrom: SENDER.address, replyTo: null, login: SENDER.address, note: null },
        server: null,
        undecided: false,
        passedOver: [],
        replaced,
        acceptance: { kind: 'failing', cause },
        serverName: null,
        failover: null,
      }}
      w={{ ...messages, locale: 'en', servers: [] }}
    />,
  )
}

describe.each([
  ['en', english, /\btests?\b/i],
  ['de', german, /\bTests?\b/],
] as const)('in the language %s', (_, messages, aTest) => {
  test.each(['unreadable', 'paused', 'credential-refused'] as const)(
    'the simulator blames no test where mail is failing because of another cause: %s',
    (kind) => {
      const html = rendered({ kind }, messages)
      expect(html).toContain(messages.try[`failing-${kind}`])
      expect(html).not.toMatch(aTest)
    },
  )

  test.each([
    ['test', '/mail-server/tests/id-1'],
    ['delivery', '/messages/id-1'],
  ] as const)('the simulator leads to the %s that failed', (kind, href) => {
    const html = rendered({ kind, evidenceId: 'id-1' }, messages)
    expect(html).toContain(messages.try[`failing-${kind}`])
    expect(html).toContain(`href="${href}"`)
  })
})

test.each([
  ['credential-refused', 'Would be sent as noreply@contoso.example but probably not accepted'],
  ['paused', 'Would wait, with the sender noreply@contoso.example'],
  ['unreadable', 'Would wait, with the sender noreply@contoso.example'],
] as const)(
  'the simulator says first which sender a message would get, and whether it would fail or wait: %s',
  (kind, title) => {
    const html = rendered({ kind }, english)
    expect(/<h3.*?<\/h3>/.exec(html)?.[0].replaceAll(/<[^>]*>/g, '')).toBe(title)
    expect(html.indexOf('<h3')).toBeLessThan(html.indexOf('<dl'))
  },
)

test('the simulator says whose address the mail server’s own replaces, if there is one', () => {
  const text = 'Instead of <bdi>anna<wbr/>@contoso.example</bdi> the sender address of the mail server is used.'
  expect(rendered({ kind: 'paused' }, english, 'anna@contoso.example')).toContain(text)
  expect(rendered({ kind: 'paused' }, english)).not.toContain('Instead of')
})

test('the simulator says in which rule of the draft an error is', () => {
  const draft = ['first', 'second'].map((id) => ({ id }) as RuleFields)
  const html = renderToStaticMarkup(
    <SimulationOutcome
      outcome={{ kind: 'errors', errors: { 'name.second': ['missing'] } }}
      draft={draft}
      w={{ ...english, locale: 'en', servers: [] }}
    />,
  )
  expect(html).toContain('Rule 2, Name: missing')
})

test('what the simulator found can take the focus, under a name that a screen reader says', () => {
  const html = renderToStaticMarkup(
    <SimulationOutcome
      outcome={{ kind: 'decided', decisions: [] }}
      draft={null}
      w={{ ...english, locale: 'en', servers: [] }}
    />,
  )
  expect(html).toMatch(/^<section aria-label="Result" tabindex="-1"/)
})
