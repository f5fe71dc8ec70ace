import { beforeAll, expect, test } from 'vitest'
import { faultsIn, grammar, HOSTILE, nodesOf, unquotePowershell } from '../../tests/support/grammar'
import { graphLines } from '../credentials/grant'
import { commandsFor, noCloud } from '../diagnosis'
import { LOCALES } from '../i18n/locale'
import { DIAGNOSIS_CODES } from '../kernel/diagnosis-code'
import { BUILT_IN_CLOUDS, type Cloud } from '../kernel/mail-server-settings'
import { type GuideValues, PATHS, type Path } from './choices'
import { explainStep, preparationCommands } from './step-text'
import { stepsFor } from './steps'

const [GLOBAL] = BUILT_IN_CLOUDS as [Cloud]
const CLIENT = '4a6be1f2-0c7d-4d9a-a3e8-2b1f9c8d7e60'
const VALUES: GuideValues = {
  cloud: GLOBAL,
  tenantId: 'd3b07384-9a1c-4f6e-b8d2-6c5e4f3a2b10',
  clientId: CLIENT,
  objectId: '7c1d2e3f-4a5b-4c6d-8e9f-0a1b2c3d4e5f',
  sender: 'noreply@contoso.example',
  appName: 'Postroom',
}

let parse: Awaited<ReturnType<typeof grammar>>
beforeAll(async () => {
  const powershell = await grammar('powershell')
  // This grammar does not know lists of bare words such as `DisplayName,AppId`. They contain no value, so they are removed.
  parse = (text) => powershell(text.replace(/(Format-(?:List|Table)) \w+(?:,\w+)+$/gm, '$1'))
})

/** The commands of the steps of a path, in the blocks in which they are pasted. */
const blocksOf = (path: Path, change: Partial<GuideValues>, locale: (typeof LOCALES)[number] = 'en'): string[][] => {
  const guide = { values: { ...VALUES, ...change } }
  const steps = stepsFor({ path, credential: 'secret' }).flatMap((step) => {
    const { commands, check, undo } = explainStep(step, guide, locale)
    return [commands, check?.commands ?? [], undo?.commands ?? []]
  })
  return [preparationCommands(guide, locale), ...steps]
}
/** All of them, as they are run in one window. */
const linesOf = (...args: Parameters<typeof blocksOf>): string =>
  blocksOf(...args)
    .flat()
    .join('\n')
const commandsIn = (text: string): number => nodesOf(parse(text), 'command').length

test.each(PATHS)('the commands of the steps contain each hostile value as one literal, path %s', (path) => {
  const harmless = commandsIn(linesOf(path, {}))
  expect(harmless).toBeGreaterThan(8)
  for (const value of HOSTILE) {
    const text = linesOf(path, { sender: value, appName: value })
    const tree = parse(text)
    expect(faultsIn(tree), value).toEqual([])
    const literals = nodesOf(tree, 'verbatim_string_characters').map((node) => unquotePowershell(node.text))
    expect(literals.filter((literal) => literal === value).length, value).toBeGreaterThan(2)
    expect(commandsIn(text), value).toBe(harmless)
  }
})

test.each(PATHS)('the step that gives access names the mailbox, once the guide knows it, path %s', (path) => {
  const titles = (sender: string | null) =>
    stepsFor({ path, credential: 'secret' }).map(
      (step) => explainStep(step, { values: { ...VALUES, sender } }, 'en').title,
    )
  expect(titles('finance@contoso.example').filter((title) => title.endsWith(' finance@contoso.example'))).toHaveLength(
    1,
  )
  expect(titles(null).filter((title) => title.endsWith(' the mailbox'))).toHaveLength(1)
})

/** Commands that ask before they do something, unless a parameter prevents it. */
const ASKS = /\b(?:Remove-|Add-RecipientPermission|Install-Module|Set-ExecutionPolicy)/
test('no pasted command asks if another follows, because that line would be taken as the answer', () => {
  const blocks = [
    ...PATHS.flatMap((path) => blocksOf(path, {})),
    ...DIAGNOSIS_CODES.map((code) => commandsFor(code, { ...VALUES, mailbox: VALUES.sender }, 'en')),
  ].map((lines) => lines.filter((line) => !line.startsWith('#')))
  expect(blocks.some((lines) => ASKS.test(lines.at(-1) ?? ''))).toBe(true)
  const followed = blocks.flatMap((lines) => lines.slice(0, -1)).filter((line) => ASKS.test(line))
  expect(followed.length).toBeGreaterThan(3)
  expect(followed.filter((line) => !/ -(?:Force|Confirm:\$false)\b/.test(line))).toEqual([])
})

test('the grammar understands the commands for every cloud, in both languages, also with gaps', () => {
  for (const cloud of BUILT_IN_CLOUDS)
    for (const locale of LOCALES)
      for (const path of PATHS)
        for (const change of [{}, { clientId: null, objectId: null, sender: null }])
          expect(faultsIn(parse(linesOf(path, { cloud, ...change }, locale)))).toEqual([])
})

test('without a cloud a step says once that it has no commands', () => {
  for (const path of PATHS)
    for (const step of stepsFor({ path, credential: 'secret' })) {
      const { commands, check, undo } = explainStep(step, { values: { ...VALUES, cloud: null } }, 'en')
      expect(commands).toEqual(commands.length > 0 ? noCloud('en') : [])
      expect([check, undo].flatMap((each) => each?.commands ?? [])).toEqual([])
    }
})

test('the grammar understands the commands that grant Graph permissions, and each id in them is one literal', () => {
  for (const cloud of BUILT_IN_CLOUDS) {
    const lines = (id: string) => {
      const application = { exchange: { cloud, tenantId: id, clientId: id } } as Parameters<typeof graphLines>[0]
      return [
        graphLines(application, 'Application.Read.All'),
        graphLines(application, 'Application.ReadWrite.OwnedBy'),
        graphLines(application, 'object-id'),
      ].map((each) => each.join('\n'))
    }
    const harmless = lines(CLIENT).map(commandsIn)
    for (const value of [CLIENT, ...HOSTILE])
      for (const [index, text] of lines(value).entries()) {
        expect(faultsIn(parse(text)), value).toEqual([])
        expect(commandsIn(text), value).toBe(harmless[index])
      }
  }
})
