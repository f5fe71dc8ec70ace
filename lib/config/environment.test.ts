import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BUILT_IN_CLOUDS } from '../kernel/mail-server-settings'
import { readEnvironment, readListenerEnvironment, readSecretPlaces } from './environment'
import { DOCUMENTED_KEYS } from './key-file'

let folder: string
const random = () => randomBytes(32).toString('base64')
const file = (name: string, text: string, mode = 0o600): string => {
  const target = path.join(folder, name)
  writeFileSync(target, text)
  chmodSync(target, mode)
  return target
}
let basics: Record<string, string>
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'postroom-environment-'))
  basics = {
    POSTROOM_DATA_DIR: folder,
    POSTROOM_AUTH_SECRET: random(),
    POSTROOM_KEYS_FILE: file('good-keys', `# first seals\nk2 ${random()}\n\nk1 ${random()} # old\n`),
  }
})
afterAll(() => rmSync(folder, { recursive: true }))

const read = (variables: Record<string, string>) => readEnvironment({ ...basics, ...variables })

test('a comma in the password of the database is not another host', () => {
  expect(read({ DATABASE_URL: 'postgresql://u:can,ary@h/d?options=-c%20search_path=a,b' })).toMatchObject({ ok: true })
})

test('defaults: loopback, port 3000, the four clouds, a second factor for admins, nothing allowed beyond the rules', () => {
  const environment = read({})
  expect(environment).toMatchObject({
    ok: true,
    value: {
      databaseUrl: null,
      port: 3000,
      listen: '127.0.0.1',
      secondFactor: 'admins',
      sessionIdleMinutes: 60,
      sessionHours: 12,
      metricsToken: null,
      clouds: BUILT_IN_CLOUDS,
      allowNetworks: [],
      allowPorts: [],
      allowPlaintextSmtp: false,
      trustedProxies: [],
      federatedTokenFile: null,
      managedIdentity: null,
      logLevel: 'info',
      reports: [],
    },
  })
  if (!environment.ok) return
  expect(environment.value.baseUrl.origin).toBe('http://localhost:3000')
  expect(environment.value.keys.map(({ kid }) => kid)).toEqual(['k2', 'k1'])
  expect(JSON.stringify(environment.value)).not.toContain(basics.POSTROOM_AUTH_SECRET)
})

test('the listener reads no secret but the address of the database, whatever lies in the data directory', () => {
  for (const name of ['keys', 'auth-secret']) file(name, 'no secret that the console would take')
  const DATABASE_URL = 'postgresql://postroom:password@127.0.0.1:5432/postroom'
  const environment = readListenerEnvironment({ POSTROOM_DATA_DIR: folder, DATABASE_URL })
  expect(environment).toMatchObject({ ok: true, value: { dataDir: folder, submission: null, logLevel: 'info' } })
  expect(environment.ok && Object.keys(environment.value)).not.toEqual(
    expect.arrayContaining([expect.stringMatching(/keys|secret|token/i)]),
  )
  expect(readEnvironment({ POSTROOM_DATA_DIR: folder, DATABASE_URL }).ok).toBe(false)
})

test('the base URL follows the port; HOSTNAME, which containers set, is not read', () => {
  const environment = read({ PORT: '8080', HOSTNAME: '0.0.0.0' })
  expect(environment.ok && [environment.value.baseUrl.origin, environment.value.listen]).toEqual([
    'http://localhost:8080',
    '127.0.0.1',
  ])
})

test.each([
  ['POSTROOM_ALLOW_NETWORK', '10.0.0.0/8', /not a known variable/],
  ['POSTROOM_DATADIR', '/x', /did you mean POSTROOM_DATA_DIR/],
  ['POSTROOM_', 'x', /not a known variable/],
  ['POSTROOM_DATA_DIR', ' ', /empty/],
  ['POSTROOM_DATA_DIR', '/var/lib/post\nroom', /line break/],
  ['DATABASE_URL', '', /empty/],
  ['DATABASE_URL', 'mysql://u:canary@h/d', /must look like postgresql/],
  ['DATABASE_URL', 'postgresql://u:50%canary@h/d', /has a %/],
  ['DATABASE_URL', 'postgresql://u:canary@h/%ff', /has a %/],
  ['DATABASE_URL', 'postgresql://u%:41canary@h/d', /has a %/],
  ['POSTROOM_OWNER_DATABASE_URL', 'postgresql://u:canary@h/d', /needs DATABASE_URL/],
  ['DATABASE_URL', 'postgresql://u:canary@h', /must look like postgresql/],
  ['DATABASE_URL', 'postgresql://u:canary@a,b/d', /must name one host/],
  ['DATABASE_URL', 'postgresql://u:canary@a:5432,b:5432/d', /must name one host/],
  ['DATABASE_URL', 'postgresql://u:canary@[::1]:5432,[::2]/d?sslmode=require', /must name one host/],
  ['DATABASE_URL', 'postgresql:///d?user=u&password=canary&host=a,b', /must name one host/],
  ['DATABASE_URL', 'postgresql://u:canary@h/d?host=a%2Cb&port=5432', /must name one host/],
  ['DATABASE_URL', 'postgresql://u:canary@h/d?port=5432,5433', /must name one host/],
  ['DATABASE_URL', 'postgresql://u:can,ary/1@h/d', /must look like postgresql/],
  ['POSTROOM_BASE_URL', 'mail.contoso.example', /not a URL/],
  ['POSTROOM_BASE_URL', 'ftp://mail.contoso.example', /http/],
  ['POSTROOM_BASE_URL', 'http://mail.contoso.example', /must begin with https/],
  ['POSTROOM_BASE_URL', 'https://mail.contoso.example/console', /without a path/],
  ['POSTROOM_BASE_URL', 'https://u:canary@mail.contoso.example', /user name or password/],
  ['PORT', '0', /1 to 65535/],
  ['PORT', '65536', /1 to 65535/],
  ['PORT', '3000x', /1 to 65535/],
  ['POSTROOM_LISTEN', 'everywhere', /address/],
  ['POSTROOM_LISTEN', '1.2.3', /address/],
  ['POSTROOM_SECOND_FACTOR', 'never', /one of admins, all, none/],
  ['POSTROOM_SESSION_IDLE_MINUTES', '61', /from 1 to 60/],
  ['POSTROOM_SESSION_IDLE_MINUTES', '0', /from 1 to 60/],
  ['POSTROOM_SESSION_HOURS', '13', /from 1 to 12/],
  ['POSTROOM_SESSION_HOURS', '1.5', /from 1 to 12/],
  ['POSTROOM_METRICS_TOKEN', 'canary', /shorter than 16/],
  ['POSTROOM_METRICS_TOKEN', 'canary with spaces in it', /printable/],
  ['POSTROOM_ALLOW_NETWORKS', '10.0.0.0/8,10.0.0.0/33', /"10.0.0.0\/33" is not/],
  ['POSTROOM_ALLOW_NETWORKS', '10.0.0.0/8,,', /"" is not/],
  ['POSTROOM_ALLOW_PORTS', '2587,70000', /"70000" is not a port/],
  ['POSTROOM_ALLOW_PLAINTEXT_SMTP', 'yes', /one of true, false/],
  ['POSTROOM_TRUSTED_PROXIES', 'proxy.contoso.example', /not a network/],
  ['LOG_LEVEL', 'loud', /one of/],
  ['POSTROOM_SUBMISSION_PORTS', 'starttls=2587,plain=3000', /3000, which is the port of the console/],
  ['POSTROOM_SUBMISSION_PORTS', 'tls=2465,tls=2466', /an entrance twice/],
  ['POSTROOM_SUBMISSION_PORTS', 'tls=2465,starttls=2465', /a port twice/],
  ['NODE_EXTRA_CA_CERTS', '/', /^cannot be read: \/ \(it is not a file\)$/],
  ['POSTROOM_CLOUDS_FILE', '/no/such.json', /^cannot be read: \/no\/such.json \(ENOENT: no such file or directory\)$/],
  ['POSTROOM_METRICS_TOKEN_FILE', '/no/such', /^cannot be read: \/no\/such \(ENOENT: no such file or directory\)$/],
  ['POSTROOM_KEYS_FILE', '/', /^cannot be read: \/ \(it is not a file\)$/],
  ['POSTROOM_KEYS_FILE', '/etc/passwd/keys', /^cannot be read: \/etc\/passwd\/keys \(ENOTDIR: not a directory\)$/],
  ['POSTROOM_AUTH_SECRET', 'canary', /shorter than 32/],
  ['POSTROOM_AUTH_SECRET', 'canary'.repeat(10), /not random/],
])('%s=%j stops the start with its name and without its secret', (variable, value, problem) => {
  const environment = read({ [variable]: value })
  expect(environment).toMatchObject({ ok: false, error: { variable, problem: expect.stringMatching(problem) } })
  expect(JSON.stringify(environment)).not.toContain('canary')
})

test('the listener’s certificate and its key are both given and can be read, or neither is given', () => {
  const [certificate, key] = ['POSTROOM_SUBMISSION_CERT_FILE', 'POSTROOM_SUBMISSION_KEY_FILE'] as const
  const readable = file('listener.pem', 'x')
  const faultOf = (variables: Record<string, string>) => {
    const environment = read(variables)
    return environment.ok ? null : `${environment.error.variable} ${environment.error.problem}`
  }
  expect(faultOf({ [certificate]: readable, [key]: readable })).toBe(null)
  expect(faultOf({ [certificate]: readable })).toBe(`${key} is missing: certificate and key belong together`)
  expect(faultOf({ [key]: readable })).toBe(`${certificate} is missing: certificate and key belong together`)
  const gone = path.join(folder, 'gone.pem')
  expect(faultOf({ [certificate]: readable, [key]: gone })).toBe(
    `${key} cannot be read: ${gone} (ENOENT: no such file or directory)`,
  )
})

test('A-07 sessions may be made shorter, never longer', () => {
  const environment = read({ POSTROOM_SESSION_IDLE_MINUTES: '5', POSTROOM_SESSION_HOURS: '1' })
  expect(environment).toMatchObject({ ok: true, value: { sessionIdleMinutes: 5, sessionHours: 1 } })
})

test('a secret by file: the end of line does not count; both forms at once are refused', () => {
  const secret = random()
  const { POSTROOM_AUTH_SECRET: _, ...rest } = basics
  const environment = readEnvironment({ ...rest, POSTROOM_AUTH_SECRET_FILE: file('auth', `${secret}\n`) })
  expect(environment.ok && environment.value.authSecret.reveal()).toBe(secret)
  expect(read({ POSTROOM_AUTH_SECRET_FILE: path.join(folder, 'auth') })).toMatchObject({
    ok: false,
    error: { variable: 'POSTROOM_AUTH_SECRET', problem: expect.stringContaining('twice') },
  })
})

test.each([
  ['DATABASE_URL_FILE', 'mysql://u:canary@h/d', /must look like postgresql/],
  ['DATABASE_URL_FILE', 'postgresql://u:canary\0@h/d', /must look like postgresql/],
  ['POSTROOM_OWNER_DATABASE_URL_FILE', 'canary', /must look like postgresql/],
  ['POSTROOM_AUTH_SECRET_FILE', 'canary', /shorter than 32/],
  ['POSTROOM_AUTH_SECRET_FILE', 'canary'.repeat(10), /not random/],
  ['POSTROOM_METRICS_TOKEN_FILE', 'canary', /shorter than 16/],
  ['POSTROOM_METRICS_TOKEN_FILE', 'canary with spaces in it', /printable/],
  ['POSTROOM_METRICS_TOKEN_FILE', '\n', /is an empty file/],
])('what a file of %s holds, %j, is a fault of the variable that names the file', (variable, text, problem) => {
  const { POSTROOM_AUTH_SECRET, ...rest } = basics
  const secret = variable === 'POSTROOM_AUTH_SECRET_FILE' ? {} : { POSTROOM_AUTH_SECRET }
  const environment = readEnvironment({ ...rest, ...secret, [variable]: file('faulty', text) })
  expect(environment).toMatchObject({ ok: false, error: { variable, problem: expect.stringMatching(problem) } })
})

test('of a file that is too long for a secret, or has no end, only the beginning is read', () => {
  const long = file('long', 'x'.repeat(70_000))
  expect(read({ POSTROOM_METRICS_TOKEN_FILE: long })).toEqual({
    ok: false,
    error: { variable: 'POSTROOM_METRICS_TOKEN_FILE', problem: `cannot be read: ${long} (more than 65536 bytes)` },
  })
})

test.runIf(process.platform !== 'win32')('a start does not wait for what is no file and may never end', () => {
  const fifo = path.join(folder, 'fifo')
  execFileSync('mkfifo', [fifo])
  const readable = file('readable', 'x')
  for (const [variable, more] of [
    ['POSTROOM_KEYS_FILE', {}],
    ['POSTROOM_METRICS_TOKEN_FILE', {}],
    ['POSTROOM_CLOUDS_FILE', {}],
    ['POSTROOM_SUBMISSION_CERT_FILE', { POSTROOM_SUBMISSION_KEY_FILE: readable }],
    ['POSTROOM_SUBMISSION_KEY_FILE', { POSTROOM_SUBMISSION_CERT_FILE: readable }],
    ['NODE_EXTRA_CA_CERTS', {}],
  ] as const)
    for (const place of [fifo, '/dev/zero', folder])
      expect(read({ ...more, [variable]: place })).toEqual({
        ok: false,
        error: { variable, problem: `cannot be read: ${place} (it is not a file)` },
      })
})

describe('S-11 sealing keys', () => {
  const bytes = (count: number) => randomBytes(count).toString('base64')
  const twice = random()
  test.each([
    ['short', `k1 ${bytes(31)}`],
    ['long', `k1 ${bytes(33)}`],
    ['not base64', `k1 ${'*'.repeat(44)}`],
    ['one byte, repeated', `k1 ${Buffer.alloc(32, 7).toString('base64')}`],
    ['a short pattern, repeated', `k1 ${Buffer.from('abcdefgh'.repeat(4)).toString('base64')}`],
    ['the same key under two ids', `k1 ${twice}\nk2 ${twice}`],
    ['one id for two keys', `k1 ${random()}\nk1 ${random()}`],
    ['no id', random()],
    ['a strange id', `k/1 ${random()}`],
    ['no key at all', '# empty\n'],
    ...[...DOCUMENTED_KEYS].map((key) => ['from a document', `k1 ${key}`]),
  ])('%s: refused, and the key is not repeated', (_, text = '') => {
    const environment = read({ POSTROOM_KEYS_FILE: file('bad-keys', text) })
    expect(environment).toMatchObject({ ok: false, error: { variable: 'POSTROOM_KEYS_FILE' } })
    const key = text.split(/\s/)[1] ?? text
    expect(JSON.stringify(environment).includes(key)).toBe(false)
  })

  test.runIf(process.platform !== 'win32')('a file that others may read is reported, and works', () => {
    const environment = read({ POSTROOM_KEYS_FILE: file('open-keys', `k1 ${random()}`, 0o640) })
    expect(environment).toMatchObject({
      ok: true,
      value: { reports: [{ variable: 'POSTROOM_KEYS_FILE', problem: expect.stringMatching(/mode 640/) }] },
    })
  })

  test.runIf(process.platform !== 'win32')('a file that systemd hands over is not reported for its access list', () => {
    const handedOver = (mode: number) =>
      read({ CREDENTIALS_DIRECTORY: folder, POSTROOM_KEYS_FILE: file('handed-over', `k1 ${random()}`, mode) })
    expect(handedOver(0o440)).toMatchObject({ ok: true, value: { reports: [] } })
    expect(handedOver(0o444)).toMatchObject({ ok: true, value: { reports: [{ variable: 'POSTROOM_KEYS_FILE' }] } })
  })

  test('S-09 a missing file is reported; the start continues without keys', () => {
    const gone = path.join(folder, 'gone')
    const report = {
      variable: 'POSTROOM_KEYS_FILE',
      problem: expect.stringContaining(
        `(openssl rand -base64 32)" >> "${gone}") && chown --reference="${path.dirname(gone)}" "${gone}",`,
      ),
    }
    expect(read({ POSTROOM_KEYS_FILE: gone })).toMatchObject({ ok: true, value: { keys: [], reports: [report] } })
  })

  test('every key in our documents is known as documented', () => {
    const root = path.resolve(import.meta.dirname, '../..')
    const documents = ['.', 'docs', 'lib', 'simulator'].flatMap((place) =>
      readdirSync(path.join(root, place), { recursive: place !== '.', encoding: 'utf8' })
        .filter((name) => name.endsWith('.md'))
        .map((name) => path.join(place, name)),
    )
    expect(documents.length).toBeGreaterThan(0)
    const keys = documents.flatMap((name) => [
      ...readFileSync(path.join(root, name), 'utf8').matchAll(/(?<![\w+/])[A-Za-z0-9+/]{43}=(?![\w=])/g),
    ])
    expect(keys.map(([key]) => key).filter((key) => !DOCUMENTED_KEYS.has(key))).toEqual([])
  })
})

describe('proofs in place of a secret', () => {
  const SERVICE = { IDENTITY_ENDPOINT: 'http://127.0.0.1:41741/msi/token', IDENTITY_HEADER: 'canary-identity-header' }
  const ID = '9D1C3F6A-2b4e-4c58-8f3a-7e6d5c4b3a29'

  test('a token file: the platform’s own variable, or ours, which wins', () => {
    const azure = { AZURE_FEDERATED_TOKEN_FILE: '/var/run/secrets/azure/tokens/azure-identity-token' }
    expect(read(azure)).toMatchObject({ value: { federatedTokenFile: azure.AZURE_FEDERATED_TOKEN_FILE } })
    expect(read({ ...azure, POSTROOM_FEDERATED_TOKEN_FILE: '/run/token' })).toMatchObject({
      value: { federatedTokenFile: '/run/token' },
    })
  })

  test('a managed identity is off until it is switched on, whatever the platform sets', () => {
    expect(read(SERVICE)).toMatchObject({ value: { managedIdentity: null } })
    const on = read({ ...SERVICE, POSTROOM_MANAGED_IDENTITY: ID })
    expect(on).toMatchObject({
      value: { managedIdentity: { clientId: ID.toLowerCase(), service: { kind: 'app-service' } } },
    })
    expect(on.ok && on.value.managedIdentity?.endpoint.href).toBe(SERVICE.IDENTITY_ENDPOINT)
    expect(JSON.stringify(on)).not.toContain(SERVICE.IDENTITY_HEADER)
  })

  test('without App Service it is the metadata service of the machine, or its replacement', () => {
    const endpointOf = (more: Record<string, string>) => {
      const environment = read({ POSTROOM_MANAGED_IDENTITY: ID, ...more })
      expect(environment).toMatchObject({
        value: { managedIdentity: { clientId: ID.toLowerCase(), service: { kind: 'imds' } } },
      })
      return environment.ok ? environment.value.managedIdentity?.endpoint.href : null
    }
    expect(endpointOf({})).toBe('http://169.254.169.254/metadata/identity/oauth2/token')
    expect(endpointOf({ AZURE_POD_IDENTITY_AUTHORITY_HOST: 'http://127.0.0.1:2579' })).toBe(
      'http://127.0.0.1:2579/metadata/identity/oauth2/token',
    )
  })

  test.each([
    ['POSTROOM_MANAGED_IDENTITY', { POSTROOM_MANAGED_IDENTITY: 'true' }],
    // Entra trusts user-assigned identities only: one that could never sign in is not offered.
    ['POSTROOM_MANAGED_IDENTITY', { ...SERVICE, POSTROOM_MANAGED_IDENTITY: 'system' }],
    ['IDENTITY_HEADER', { POSTROOM_MANAGED_IDENTITY: ID, IDENTITY_ENDPOINT: SERVICE.IDENTITY_ENDPOINT }],
    ['IDENTITY_ENDPOINT', { ...SERVICE, POSTROOM_MANAGED_IDENTITY: ID, IDENTITY_ENDPOINT: 'https://10.0.0.1/' }],
    ['IDENTITY_ENDPOINT', { ...SERVICE, POSTROOM_MANAGED_IDENTITY: ID, IDENTITY_ENDPOINT: 'msi' }],
    ['IDENTITY_HEADER', { ...SERVICE, POSTROOM_MANAGED_IDENTITY: ID, IDENTITY_HEADER: 'a\r\nHost: b' }],
    ['POSTROOM_FEDERATED_TOKEN_FILE', { POSTROOM_FEDERATED_TOKEN_FILE: ' ' }],
  ])('%s that makes no sense stops the start', (variable, variables) => {
    expect(read(variables)).toMatchObject({ ok: false, error: { variable } })
  })
})

describe('clouds', () => {
  const lab = {
    id: 'lab',
    name: 'Contoso lab',
    loginOrigin: 'https://localhost:8443',
    exchangeScope: 'https://outlook.lab.example/.default',
    exchangeAudiences: ['https://outlook.lab.example'],
    graphUrl: 'https://localhost:8443/graph',
    smtpHost: 'localhost',
    smtpPort: 2587,
    exchangeEnvironmentName: null,
    portalUrl: 'https://portal.lab.example',
  }
  const withClouds = (clouds: unknown) => read({ POSTROOM_CLOUDS_FILE: file('clouds.json', JSON.stringify(clouds)) })

  test('the deployment adds its own; the same id replaces a built-in one', () => {
    const environment = withClouds([lab, { ...lab, id: 'dod' }])
    expect(environment.ok && environment.value.clouds.map(({ id, name }) => `${id}: ${name}`)).toEqual([
      'global: Microsoft 365 (global, GCC)',
      'gcc-high: US Government GCC High',
      'china: China (21Vianet)',
      'lab: Contoso lab',
      'dod: Contoso lab',
    ])
    expect(environment.ok && environment.value.clouds.map((cloud) => cloud.tokenExchangeAudience)).toEqual([
      'api://AzureADTokenExchange',
      'api://AzureADTokenExchangeUSGov',
      'api://AzureADTokenExchangeChina',
      'api://AzureADTokenExchange',
      'api://AzureADTokenExchange',
    ])
  })

  test('a file that is not JSON is refused', () => {
    expect(read({ POSTROOM_CLOUDS_FILE: file('clouds.json', '[{') })).toMatchObject({
      ok: false,
      error: { variable: 'POSTROOM_CLOUDS_FILE', problem: expect.stringContaining('is not JSON') },
    })
  })

  test.each([
    ['clear text', [{ ...lab, loginOrigin: 'http://localhost:8443' }], /loginOrigin: must be an https origin/],
    ['a path', [{ ...lab, loginOrigin: 'https://localhost/tenant' }], /loginOrigin/],
    ['another member', [{ ...lab, loginorigin: 'x' }], /Unrecognized key/],
    ['a member missing', [{ ...lab, smtpHost: undefined }], /smtpHost/],
    ['an address for a host', [{ ...lab, smtpHost: '127.0.0.1' }], /smtpHost/],
    ['a scope of one permission', [{ ...lab, exchangeScope: 'https://outlook.lab.example/SMTP' }], /default/],
    ['the same id twice', [lab, lab], /occurs twice/],
    ['no list', lab, /the file/],
  ])('%s is refused', (_, clouds, problem) => {
    expect(withClouds(clouds)).toMatchObject({
      ok: false,
      error: { variable: 'POSTROOM_CLOUDS_FILE', problem: expect.stringMatching(problem) },
    })
  })
})

test('where secrets lie is known before they are made', () => {
  expect(readSecretPlaces({ POSTROOM_DATA_DIR: '/srv/postroom' })).toEqual({
    ok: true,
    value: {
      dataDir: '/srv/postroom',
      authSecretFile: '/srv/postroom/auth-secret',
      keysFile: '/srv/postroom/keys',
      keysFileGiven: false,
    },
  })
})
