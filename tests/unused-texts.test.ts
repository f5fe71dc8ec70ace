import { expect, test } from 'vitest'
import { MESSAGES, NAMESPACES, type Namespace } from '../lib/i18n/translations'
import { repositoryFiles, textOf } from './support/source-text'

/** Keys that are put together from a prefix and a value that only the running product knows. */
const COMPUTED: Partial<Record<Namespace, readonly string[]>> = {
  // The confirmations of the pages: `?done=…`.
  'basic-auth': ['flash.'],
  alerts: ['done.'],
  // Why there was no answer, each with a title and a text.
  browser: ['unanswered.'],
  clients: ['done.'],
  credentials: ['done.', 'graph.'],
  inventory: ['done.'],
  'mail-server': ['servers.done.'],
  messages: ['done.'],
  people: ['operator.done.'],
  policy: ['try.verified-', 'try.refused-', 'try.failing-'],
  reminders: ['done.'],
  senders: ['done.'],
}

/** Branches that are given to the browser's scripts as a whole, which read them by name: `labels.form.save`. */
const WHOLE: Partial<Record<Namespace, readonly string[]>> = {
  'basic-auth': ['add'],
  browser: ['error', 'leave'],
  clients: ['form'],
  'mail-server': ['form', 'paste', 'conflict', 'rules', 'test', 'basicAuth'],
  messages: ['send'],
  policy: ['form', 'rule', 'lint', 'difference', 'try', 'conflict', 'revisions'],
  validation: ['paste'],
}

const code = repositoryFiles(/^(?:app|lib|components|tools|bin)\/.*(?<!\.test)\.(?:tsx?|mjs)$/)
  .map(textOf)
  .join('\n')

/** Sentences of templates, by their key under one of these branches: `#say readFirst`, `{{text entra.madeApp}}`. */
const SAID_UNDER = ['script.', 'comments.']
const said = new Set(
  repositoryFiles(/^templates\//)
    .map(textOf)
    .join('\n')
    .match(/(?<=#say |\{\{text )[\w.-]+/g),
)

/** Quoted texts that can be a key, and the names that follow a dot. */
const quoted = new Set(code.match(/(?<=['"`])[\w-]+(?:\.[\w-]+)*(?=['"`])/g))
const names = new Set(code.match(/(?<=\.)\w+/g))

/** What begins as a key and contains a value, such as `state.${state}`. */
const templates = [...new Set(code.match(/(?<=`)[\w-]+\.(?:[\w.-]|\$\{[^`{}]*\})*(?=`)/g))]
  .filter((template) => template.includes('${'))
  .map((template) => new RegExp(`^${template.replaceAll('.', '\\.').replaceAll(/\$\{[^}]*\}/g, '[\\w.-]+')}$`))

/** A list is used by its own name. */
function keysOf(node: unknown, above = ''): string[] {
  if (typeof node === 'string' || Array.isArray(node)) return [above]
  return Object.entries(node as object).flatMap(([step, value]) => keysOf(value, above ? `${above}.${step}` : step))
}

function isUsed(namespace: Namespace, key: string): boolean {
  if (quoted.has(key) || templates.some((template) => template.test(key))) return true
  if (SAID_UNDER.some((branch) => key.startsWith(branch) && said.has(key.slice(branch.length)))) return true
  if (COMPUTED[namespace]?.some((prefix) => key.startsWith(prefix))) return true
  const leaf = key.slice(key.lastIndexOf('.') + 1)
  const isInWhole = WHOLE[namespace]?.some((branch) => key.startsWith(`${branch}.`))
  return isInWhole === true && (names.has(leaf) || quoted.has(leaf))
}

const unusedIn = (namespace: Namespace, messages: unknown): string[] =>
  keysOf(messages)
    .filter((key) => !isUsed(namespace, key))
    .map((key) => `${namespace}.json ${key}`)

test('every text is used by the code', () => {
  expect(NAMESPACES.flatMap((namespace) => unusedIn(namespace, MESSAGES.en[namespace]))).toEqual([])
})

test('the test sees a text that nothing uses, a computed key and a list', () => {
  const messages = { title: 'x', neverRead: 'x', kind: { certificate: 'x' }, add: { teamsSteps: ['x'] } }
  expect(unusedIn('reminders', messages)).toEqual(['reminders.json neverRead'])
})
