import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { billOfMaterials } from '../tools/sbom.mjs'

interface Locked {
  version?: string
  integrity?: string
  link?: true
  /** Came inside its parent's archive, under the parent's hash. */
  inBundle?: true
  /** Needed by development alone. */
  dev?: true
  engines?: { node?: string }
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

const root = path.resolve(import.meta.dirname, '..')
const read = (name: string): string => readFileSync(path.join(root, name), 'utf8')
const manifest = JSON.parse(read('package.json')) as Record<
  'dependencies' | 'devDependencies' | 'optionalDependencies' | 'engines',
  Record<string, string>
>
const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> }
const locked = Object.entries(packages)
  .filter(([place]) => place !== '')
  .map(([place, about]) => ({ name: place.slice(place.lastIndexOf('node_modules/') + 13), ...about }))

/** Below these are holes that concern us (security reference, 5.2). */
const FLOORS: readonly (readonly [name: string, floor: string])[] = [
  ['next', '16.4.5'],
  ['react', '19.2.6'],
  ['react-dom', '19.2.6'],
  ['nodemailer', '10.5.0'],
  ['smtp-server', '3.21.0'],
  ['sharp', '0.35.5'],
]
/** The first has had holes without a fixed line; the second a serialiser that runs text. */
const ABSENT = ['@auth/core', 'fast-redact']

function isAtLeast(version: string, floor: string): boolean {
  const [have, want] = [version, floor].map((text) => text.split(/[.-]/).map(Number))
  for (const [at, least] of (want ?? []).entries()) {
    const part = have?.[at] ?? 0
    if (part !== least) return part > least
  }
  return true
}

test.each(FLOORS)('P-01 no copy of %s is older than %s', (name, floor) => {
  const old = locked.filter((each) => each.name === name && !isAtLeast(each.version ?? '0', floor))
  expect(old).toEqual([])
})

test('P-01 what must be absent is absent, and what we build on is there', () => {
  const names = locked.map(({ name }) => name)
  expect(names.filter((name) => ABSENT.includes(name))).toEqual([])
  for (const name of ['next', 'react', 'smtp-server', 'nodemailer']) expect(names).toContain(name)
})

test.each([
  ['16.4.4', '16.4.5', false],
  ['16.4.5', '16.4.5', true],
  ['16.10.0', '16.4.5', true],
  ['15.9.9', '16.4.5', false],
  ['19.2', '19.2.6', false],
])('the floor test compares %s with %s by number', (version, floor, answer) => {
  expect(isAtLeast(version, floor)).toBe(answer)
})

test('P-02 every package is locked by a hash, named exactly, and runs no script when it is installed', () => {
  expect(
    locked.filter(({ integrity, link, inBundle }) => !link && !inBundle && !integrity?.startsWith('sha512-')),
  ).toEqual([])
  const named = [manifest.dependencies, manifest.devDependencies, manifest.optionalDependencies].flatMap(Object.entries)
  expect(named.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(String(version)))).toEqual([])
  expect(read('.npmrc')).toMatch(/^ignore-scripts=true$/m)
})

test.each([
  ['other-nodes', 'the other Node lines of the tests'],
  ['page-checks', 'what judges pages'],
])('P-02 the packages of tools/%s, %s, are locked by a hash and named exactly, too', (folder) => {
  const { packages: apart } = JSON.parse(read(`tools/${folder}/package-lock.json`)) as {
    packages: Record<string, Locked>
  }
  const entries = Object.entries(apart).filter(([place]) => place !== '')
  expect(entries.length).toBeGreaterThan(0)
  expect(entries.filter(([, { integrity }]) => !integrity?.startsWith('sha512-'))).toEqual([])
})

test('P-02 the bill of materials names every package that is shipped, and none of development, each with its hash', () => {
  const { components } = billOfMaterials()
  const named = new Set(components.map(({ name, version }) => `${name}@${version}`))
  expect([...shipped()].filter((each) => !named.has(each))).toEqual([])
  const mayBeShipped = new Set(locked.filter(({ dev }) => !dev).map(({ name, version }) => `${name}@${version}`))
  expect([...named].filter((each) => !mayBeShipped.has(each))).toEqual([])
  expect(components.filter(({ hashes }) => !hashes?.some(({ alg }) => alg === 'SHA-512'))).toEqual([])
})

/** What our dependencies need, and theirs, as Node finds it from each place of the lockfile. */
function shipped(): Set<string> {
  const entries = new Map<string, string>()
  const follow = (place: string, needs: Record<string, string>) => {
    for (const name of Object.keys(needs)) {
      let from = place
      while (!(`${from}node_modules/${name}` in packages) && from !== '')
        from = from.slice(0, from.lastIndexOf('node_modules/'))
      const at = `${from}node_modules/${name}`
      const about = packages[at]
      if (!about || entries.has(at)) continue
      entries.set(at, `${name}@${about.version}`)
      follow(`${at}/`, { ...about.dependencies, ...about.optionalDependencies })
    }
  }
  follow('', { ...manifest.dependencies, ...manifest.optionalDependencies })
  return new Set(entries.values())
}

test('P-03 the shipped packages are compared with published advisories every day', () => {
  const { on, jobs } = parse(read('.github/workflows/advisories.yml'))
  expect(on.schedule).toEqual([{ cron: expect.stringMatching(/^\d+ \d+ \* \* \*$/) }])
  expect(jobs.audit.steps.at(-1)).toEqual({ run: 'npm audit --omit=dev --audit-level=high' })
})

test('P-05 the image and its example take every right away, limit memory and hand secrets over as files', () => {
  const image = read('packaging/Containerfile')
  expect(image.match(/^USER .*/gm)).toEqual(['USER 65532:65532'])
  expect(image).toMatch(/^HEALTHCHECK /m)
  const { postroom } = parse(read('packaging/compose.yaml')).services
  expect(postroom).toMatchObject({
    read_only: true,
    cap_drop: ['ALL'],
    security_opt: ['no-new-privileges:true'],
    mem_limit: '2g',
    tmpfs: [expect.stringMatching(/^\/tmp:size=\d+m$/)],
    secrets: ['database-url', 'auth-secret', 'keys'],
  })
  const named = Object.keys(postroom.environment).filter((name) => /SECRET|KEY|DATABASE|PASSWORD|TOKEN/.test(name))
  expect(named.filter((name) => !name.endsWith('_FILE'))).toEqual([])
})

test('P-04 an even Node line is asked for, and no end of it is open below the floor of Prisma', () => {
  expect(manifest.engines.node).toMatch(/>=20\.19 <21/)
  expect(manifest.engines.node).toMatch(/>=22\.12/)
})

test('P-04 only pg-boss, of all that is shipped, declares a newer Node than 20, and what it brings with it runs there (docs/decisions)', () => {
  const newer = locked.filter(({ dev, engines }) => !dev && /^>=\s*2[1-9]/.test(engines?.node ?? ''))
  // Prisma's own tools name the second; the product does not load it.
  expect(newer.map(({ name }) => name).sort()).toEqual(['@prisma/streams-local', 'pg-boss'])
})
