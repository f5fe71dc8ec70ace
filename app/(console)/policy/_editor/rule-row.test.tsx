import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { EMPTY_RULE } from '@/lib/policy/draft'
import english from '@/messages/en/policy.json'
import { otherwiseText } from './difference-list'
import type { PolicyLabels } from './labels'
import { RuleFieldsView } from './rule-fields'
import { RuleRow } from './rule-row'
import { Sentence } from './sentence'

const w: PolicyLabels = { ...english, locale: 'en', servers: [] }
const rule = { ...EMPTY_RULE, id: 'a', name: 'Partners' }
const impact = { messages: 40, saved: { a: 12 }, draft: { a: 17 }, undecided: 23, different: 5 }

test.each([
  [true, '17'],
  [false, '–'],
])('a rule shows how many messages it decides only while its draft can be evaluated (%s)', (isSound, count) => {
  const preview = { isSound, findings: [], coverage: {}, senders: {}, examples: {}, impact }
  const html = renderToStaticMarkup(
    <RuleRow {...{ rule, preview, w }} place={1}>
      <RuleFieldsView {...{ rule, preview, w }} errors={{}} onChange={() => {}} />
    </RuleRow>,
  )
  expect(html).toMatch(new RegExp(`>${count} ?<span[^>]*>${english.rule.hits}`))
  const sentence = html.match(/Recent messages that match: [^<.]*/)?.[0]
  expect(sentence).toBe(isSound ? 'Recent messages that match: 17 of 40, 5 more than before your change' : undefined)
})

test('a rule without a sender, and the default action, name the address of the mail server', () => {
  const server = (id: string) =>
    ({ id, name: id, covered: true, sender: { address: `${id}@x.example`, type: 'smtp' } }) as const
  const known: PolicyLabels = { ...w, servers: [server('first'), server('second')] }
  const sentence = (changes: object, labels = known) =>
    renderToStaticMarkup(<Sentence rule={{ ...rule, ...changes }} w={labels} />)
  expect(sentence({})).toContain('first@x.example')
  expect(sentence({ server: 'second' })).toContain('second@x.example')
  expect(sentence({ senderAddress: 'own@x.example' })).not.toContain('first@')
  expect(sentence({}, w)).toContain(english.rule.pageSender)
  expect(otherwiseText('allow', known)).toBe('Send as first@x.example, the mail server’s sender')
  expect(otherwiseText('allow', w)).toBe(english.form.otherwiseAllow)
})
