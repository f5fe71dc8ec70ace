import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyMail, anyRules, anyServers, OTHER_SERVER } from '../../tests/support/policy'
import { runs } from '../../tests/support/runs'
import { compile, decide } from './decide'
import { fieldsOf } from './fields'
import { simulateRules } from './simulate'

test('the simulator agrees with delivery for random messages, with saved rules and drafts, also during a failover', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyRules,
      anyServers,
      anyMail,
      fc.boolean(),
      fc.boolean(),
      async (rules, world, mail, isDraft, isFailing) => {
        const failoverId = isFailing && world.other !== null ? OTHER_SERVER : null
        const recipients = [...new Set(mail.recipients)]
        const originator = mail.originator && { address: mail.originator.address, name: '' }
        const saved = { number: 1, rules, savedBy: 'admin@contoso.example', savedAt: new Date(0), restored: null }
        const simulated = await simulateRules(
          isDraft ? null : saved,
          {
            list: async () => [
              { id: 'default', name: 'Main', isDefault: true, sending: world.standard, failoverId },
              { id: OTHER_SERVER, name: 'Other', isDefault: false, sending: world.other, failoverId: null },
            ],
            evidence: async () => ({ verifiedBy: null, deliveredBy: null, failing: null }),
          },
          {
            originator: originator?.address ?? '',
            recipients: recipients.join('\n'),
            fields: isDraft ? fieldsOf(rules) : null,
          },
        )
        if (!simulated.ok) throw new Error(JSON.stringify(simulated.error))

        const decisions = decide(compile(rules), (id) => world.servers(id ?? failoverId), { originator, recipients })
        expect(
          simulated.value.map(
            ({ acceptance: _, serverName: __, failover: ___, replaced: ____, ...decision }) => decision,
          ),
        ).toEqual(decisions)
        for (const { server, failover } of simulated.value)
          expect(failover?.id ?? null).toBe(server === null ? failoverId : null)
        for (const { identity, acceptance } of simulated.value) expect(acceptance === null).toBe(identity === null)
        for (const { by, identity, replaced } of simulated.value) {
          const isOwn = identity?.from.address.toLowerCase() === originator?.address.toLowerCase()
          expect(replaced).toBe(by.kind === 'last-line' && identity && !isOwn ? originator?.address : null)
        }
      },
    ),
    runs(10_000),
  )
}, 120_000)
