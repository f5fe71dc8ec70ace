import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { may, PERMISSIONS, type Permission } from '@/lib/access/permissions'
import { ROLES } from '@/lib/kernel'
import { ACTION_GATES, FRESH_ACTIONS, PAGE_GATES, ROUTE_GATES } from '../../tests/support/role-table'

const root = path.resolve(import.meta.dirname, '../..')
const sources = readdirSync(path.join(root, 'app'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !/\.test\.tsx?$/.test(entry.name))
  .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
  .map((file) => ({ file, text: readFileSync(path.join(root, file), 'utf8') }))

/** `app/(console)/system/page.tsx` answers at `/system`. */
const pathOf = (file: string): string =>
  `/${file
    .split('/')
    .slice(1, -1)
    .filter((part) => !part.startsWith('('))
    .join('/')}`

/** The actions of a group, and the permission that they share. */
const GROUP = /^const (\w+) = (?:form|plain|entry)Actions(?:<[^>]*>)?\(\s*'([^']+)',([\s\S]*?)\)$/gm
const ONE_OF = /^export const (\w+) = (?:plain\()?\s*(\w+)\('([^']+)', /gm
const EXPORTED = /^export (?!type )(?:async )?(?:const|function|let|class) (\w+)/gm

const wantsFresh = (options = ''): boolean => /\bfresh:/.test(options)

function actionsOf({ file, text }: { file: string; text: string }) {
  const groups = new Map([...text.matchAll(GROUP)].map(([, name, gate = '', options]) => [name, { gate, options }]))
  return [...text.matchAll(ONE_OF)].flatMap(([, exported = '', group, name = '']) => {
    const options = groups.get(group)
    return options ? { name, file, export: exported, gate: options.gate, isFresh: wantsFresh(options.options) } : []
  })
}

const actionFiles = sources.filter(({ text }) => /^'use server'/m.test(text))
const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name)

test('W-02 every export of a server-action file goes through the gate', () => {
  expect(actionFiles.length).toBeGreaterThan(4)
  for (const source of actionFiles) {
    const exported = [...source.text.matchAll(EXPORTED)].map(([, name]) => name)
    expect(
      actionsOf(source)
        .map((action) => action.export)
        .sort(),
      source.file,
    ).toEqual(exported.sort())
  }
})

test('W-02 no server action hides inside another file', () => {
  const inline = sources.filter(({ text }) => /^\s+['"]use server['"]/m.test(text))
  expect(inline.map(({ file }) => file)).toEqual([])
})

test('W-03 an action reads a field as an id wherever it reads it, since the database rejects another text with an error', () => {
  for (const { file, text } of actionFiles)
    for (const [, field] of text.matchAll(/\buuidOf\(form, ('\w+')\)/g))
      expect(text, file).not.toContain(`textOf(form, ${field})`)
})

test('W-02 the table names every action with its permission, and no other', () => {
  const actions = actionFiles.flatMap(actionsOf).map(({ isFresh: _, ...action }) => action)
  expect(actions.sort(byName)).toEqual([...ACTION_GATES].sort(byName))
})

test('A-09 the table names every action that wants a fresh session, and no other', () => {
  const fresh = actionFiles.flatMap(actionsOf).flatMap(({ name, isFresh }) => (isFresh ? name : []))
  expect(fresh.sort()).toEqual(FRESH_ACTIONS)
})

test('W-01 the table names every page, and each page passes its gate itself', () => {
  const pages = sources.filter(({ file }) => file.endsWith('/page.tsx'))
  expect(pages.map(({ file }) => pathOf(file)).sort()).toEqual(PAGE_GATES.map((row) => row.path).sort())
  for (const { file, text } of pages) {
    const gate = PAGE_GATES.find((row) => row.path === pathOf(file))?.gate
    if (gate === 'anyone') continue
    if (gate === 'signed-in') expect(text, file).toContain('await requireSession()')
    else expect(text, file).toMatch(new RegExp(`^export default page(?:<.*>)?\\('${gate}',`, 'm'))
  }
})

test('A-09 a page with a secret that is shown once asks an old session to confirm', () => {
  const pages = sources.filter(({ file, text }) => file.endsWith('/page.tsx') && /\.notice\(/.test(text))
  expect(pages).not.toEqual([])
  for (const { file, text } of pages) expect(text, file).toContain('await requireFresh(')
})

/** What ends a page with 403 or 404. */
const MAY_REFUSE = /\b(?:requireCaller|forbidden|notFound|serverInPath|requestedClient)\(/

test('a page that refuses a role, or that may not exist, is one that can refuse', () => {
  for (const { file, text } of sources.filter((source) => source.file.endsWith('/page.tsx')))
    if (MAY_REFUSE.test(text)) expect(text, file).toMatch(/^export default page[<(]/m)
  // What refuses is in the frame of a layout, which therefore asks for what every role may.
  for (const { file, text } of sources.filter((source) => source.file.endsWith('/layout.tsx')))
    for (const [, gate] of text.matchAll(/requireCaller\('([^']+)'\)/g))
      expect(
        ROLES.filter((role) => !may(role, gate as Permission)),
        file,
      ).toEqual([])
  const interrupting = sources.filter(({ text }) => /\b(?:notFound|forbidden)\b.* from 'next\/navigation'/.test(text))
  expect(interrupting.map(({ file }) => file)).toEqual([])
})

test('W-01 the table names every route, and each gated route passes its gate itself', () => {
  // Of a file that refuses every method the table has GET and POST; methods that an address lacks are refused alike.
  const methodsIn = (text: string): string[] => [
    ...[...text.matchAll(/^export (?:async )?(?:function|const) (GET|HEAD|POST|PUT|PATCH|DELETE)\b/gm)].map(
      ([, method = '']) => method,
    ),
    ...(/^export const \{ GET, POST, PUT, PATCH, DELETE, OPTIONS \} = refuse\(/m.test(text) ? ['GET', 'POST'] : []),
  ]
  const routes = sources
    .filter(({ file }) => file.endsWith('/route.ts'))
    .flatMap(({ file, text }) => methodsIn(text).map((method) => ({ method, path: pathOf(file), text })))
  const name = ({ method, path: at }: { method: string; path: string }) => `${method} ${at}`
  expect(routes.map(name).sort()).toEqual(ROUTE_GATES.map(name).sort())
  for (const route of routes) {
    const gate = ROUTE_GATES.find((row) => name(row) === name(route))?.gate
    if (gate === 'api-key') expect(route.text).toMatch(/\banswer\(/)
    else if (gate !== 'anyone')
      expect(route.text).toMatch(new RegExp(`(?:await routeCaller\\(request, |= (?:draft|test)Route\\()'${gate}'[,)]`))
  }
})

test('A-09 whatever is exported wants a fresh session', () => {
  const exports = sources.filter(({ file }) => /\/export\/route\.ts$/.test(file))
  expect(exports).toHaveLength(3)
  for (const { file, text } of exports) expect(text, file).toMatch(/await routeCaller\([^)]*, \{ freshFrom: /)
})

test('Z-01 the table of what each role may do, as it was decided', () => {
  const table = Object.fromEntries(
    (Object.keys(PERMISSIONS) as Permission[]).map((permission) => [
      permission,
      ROLES.filter((role) => may(role, permission)).join(' '),
    ]),
  )
  expect(table).toEqual({
    'mail-server:read': 'viewer operator admin',
    'mail-server:test': 'operator admin',
    'mail-server:write': 'admin',
    'credentials:read': 'viewer operator admin',
    'credentials:test': 'operator admin',
    'credentials:write': 'admin',
    'messages:read': 'viewer operator admin',
    'messages:act': 'operator admin',
    'messages:send': 'operator admin',
    'messages:write': 'admin',
    'activity:read': 'viewer operator admin',
    'own-account:write': 'viewer operator admin',
    'help:read': 'viewer operator admin',
    'people:read': 'admin',
    'people:write': 'admin',
    'clients:read': 'viewer operator admin',
    'clients:write': 'admin',
    'policy:read': 'viewer operator admin',
    'policy:simulate': 'operator admin',
    'policy:write': 'admin',
    'system:read': 'viewer operator admin',
    'system:write': 'admin',
  })
})
