import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anyMail, anyRules, anyServers, OTHER_SERVER } from '../../../tests/support/policy'
import { compile, decide } from '..'
import { fieldsOf } from '../fields'
import { createPolicyRevisions } from './'

test('the simulator agrees with what delivery decides, for 10,000 random mails, saved rules and drafts, also while a backup has taken over', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyRules,
      anyServers,
      anyMail,
      fc.boolean(),
      fc.boolean(),
      async (rules, world, mail, draft, failing) => {
        const standInId = failing && world.other !== null ? OTHER_SERVER : null
        const saved = { number: 1, rules, savedBy: 'admin@contoso.example', savedAt: new Date(0) }
        const room = createPolicyRevisions({
          store: {
            load: async () => saved,
            newest: async () => saved.number,
            revision: async () => saved,
            revisions: async () => ({ rows: [saved], total: 1 }),
            write: async () => Promise.reject(new Error('A try writes nothing')),
          },
          sending: {
            servers: async () => [
              { id: 'default', name: 'Main', isDefault: true, sending: world.standard, standInId },
              { id: OTHER_SERVER, name: 'Other', isDefault: false, sending: world.other, standInId: null },
            ],
            evidence: async () => ({ verifiedBy: null, deliveredBy: null, failing: null }),
          },
          clock: { now: () => new Date(0), monotonicMs: () => 0 },
          audit: { record: async () => Promise.reject(new Error('A try leaves no row')) },
        })
        const recipients = [...new Set(mail.recipients)]
        const originator = mail.originator && { address: mail.originator.address, name: '' }
        const tried = await room.tryMail({
          originator: originator?.address ?? '',
          recipients: recipients.join('\n'),
          fields: draft ? fieldsOf(rules) : null,
        })
        if (!tried.ok) throw new Error(JSON.stringify(tried.error))

        const delivery = (await room.current())?.policy ?? compile({ rules: [], otherwise: 'decline' })
        const decisions = decide(delivery, (id) => world.servers(id ?? standInId), { originator, recipients })
        expect(tried.value.map(({ acceptance: _, serverName: __, standIn: ___, ...decision }) => decision)).toEqual(
          decisions,
        )
        for (const { server, standIn } of tried.value)
          expect(standIn?.id ?? null).toBe(server === null ? standInId : null)
        for (const { identity, acceptance } of tried.value) expect(acceptance === null).toBe(identity === null)
      },
    ),
    { numRuns: 10_000 },
  )
}, 120_000)
