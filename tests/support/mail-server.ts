import { randomBytes } from 'node:crypto'
import { createAuditLog } from '../../lib/audit'
import { FIRST_MAIL_SERVER_ID } from '../../lib/db/default-mail-server'
import type { LocalisedCaller } from '../../lib/i18n/locale'
import { type Clock, type Logger, systemClock } from '../../lib/kernel'
import { BUILT_IN_CLOUDS, type Cloud } from '../../lib/kernel/mail-server-settings'
import { Redacted } from '../../lib/kernel/redacted'
import type { RawFields, TestEvent } from '../../lib/mail-server'
import type { TestInput } from '../../lib/mail-server/connection-test/input'
import { createMailServers, type MailServers } from '../../lib/mail-server/servers'
import { composeMailServer } from '../../lib/services/mail-server'
import { type TestAuthority, type TestIdentity, testAuthority } from './certificates'
import { freshDatabase, type TestDatabase } from './database'
import {
  type HttpsTestServer,
  jsonAnswer,
  type SmtpScript,
  type SmtpTestServer,
  startHttps,
  startSmtp,
} from './servers'
import { worldAt } from './world'

/** For tests only: an example organisation. */
export const TENANT = 'd3b07384-9a1c-4f6e-b8d2-6c5e4f3a2b10'
export const CLIENT = '4a6be1f2-0c7d-4d9a-a3e8-2b1f9c8d7e60'
export const OBJECT = '7c1d2e3f-4a5b-4c6d-8e9f-0a1b2c3d4e5f'
export const SECRET = 'Xy8Q~canary-Client-Secret.0123456789'
export const PASSWORD = 'canary smtp password'

export const caller: LocalisedCaller = {
  actor: { kind: 'operator', id: 'op-1', email: 'admin@contoso.example', role: 'admin' },
  origin: { address: '192.0.2.7', requestId: 'req-1' },
  locale: 'en',
}

export const newKey = (kid: string, bytes = randomBytes(32)) => ({ kid, key: new Redacted(bytes.toString('base64')) })

export interface World {
  database: TestDatabase
  entra: HttpsTestServer
  smtp: SmtpTestServer
  cloud: Cloud
  keys: ReturnType<typeof newKey>[]
  /** The operations on one mail server, with other settings where they are given. */
  mailServer(wish?: {
    /** Id of the mail server; the first one if absent. */
    id?: string
    on?: TestDatabase
    keys?: ReturnType<typeof newKey>[]
    clouds?: Cloud[]
    deadlineMs?: number
    clock?: Clock
    allowNetworks?: string[]
    allowPorts?: number[]
    allowPlaintextSmtp?: boolean
    /** In place of those that speak with Microsoft and the mail server. */
    vendors?: Partial<Pick<ReturnType<typeof worldAt>['vendors'], 'tokens' | 'transport'>>
    log?: Logger
  }): ReturnType<typeof composeMailServer>
  /** All mail servers of the same database. */
  servers(): MailServers
  exchange(change?: RawFields): RawFields
  smtpFields(change?: RawFields): RawFields
  end(): Promise<void>
}

const segment = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** An access token like those of Exchange Online. Its signature is never verified. */
export function tokenWith(claims: Record<string, unknown> = {}): string {
  const nowS = Math.floor(Date.now() / 1000)
  const body = {
    aud: 'https://outlook.office365.com',
    tid: TENANT,
    appid: CLIENT,
    oid: OBJECT,
    roles: ['SMTP.SendAsApp'],
    nbf: nowS - 60,
    exp: nowS + 3600,
    ...claims,
  }
  return `${segment({ typ: 'JWT', alg: 'RS256' })}.${segment(body)}.c2lnbmF0dXJl`
}

let shared: { authority: TestAuthority; identity: TestIdentity } | null = null
async function trust() {
  if (!shared) {
    const authority = await testAuthority()
    shared = { authority, identity: await authority.certify() }
  }
  return shared
}

const EXCHANGE: RawFields = {
  type: 'exchange-online-oauth2',
  senderAddress: 'noreply@contoso.example',
  senderName: 'Contoso',
  cloud: 'lab',
  tenantId: TENANT,
  clientId: CLIENT,
  clientSecretChange: 'replace',
  clientSecret: SECRET,
  secretExpiresAt: '2099-12-31',
}

const SMTP: RawFields = {
  type: 'smtp',
  senderAddress: 'noreply@contoso.example',
  senderName: '',
  host: 'localhost',
  security: 'starttls',
  login: 'password',
  username: 'noreply',
  passwordChange: 'replace',
  password: PASSWORD,
}

/** A database, a token endpoint and a mail server, all real and on loopback. */
export async function createWorld({
  script = {},
  answer = () => jsonAnswer({ token_type: 'Bearer', expires_in: 3599, access_token: tokenWith() }),
}: {
  script?: SmtpScript
  answer?: Parameters<typeof startHttps>[1]
} = {}): Promise<World> {
  const { authority, identity } = await trust()
  const [database, entra, smtp] = await Promise.all([
    freshDatabase(),
    startHttps(identity, answer),
    startSmtp({ identity, ...script }),
  ])
  const cloud: Cloud = {
    ...(BUILT_IN_CLOUDS[0] as Cloud),
    id: 'lab',
    name: 'Contoso lab',
    loginOrigin: entra.origin,
    smtpHost: 'localhost',
    smtpPort: smtp.port,
  }
  const keys = [newKey('k1')]
  const world: World = {
    database,
    entra,
    smtp,
    cloud,
    keys,
    mailServer({
      id = FIRST_MAIL_SERVER_ID,
      on = database,
      keys: ownKeys = keys,
      clouds = [cloud],
      deadlineMs,
      clock = systemClock,
      allowNetworks = ['localhost'],
      allowPorts = [smtp.port],
      allowPlaintextSmtp = true,
      vendors = {},
      log,
    } = {}) {
      const common = worldAt({
        db: on.db,
        clouds,
        keys: ownKeys,
        clock,
        allowNetworks,
        ports: allowPorts,
        allowPlaintextSmtp,
        ca: [authority.certificate],
        ...(log && { log }),
      })
      const own = { ...common, vendors: { ...common.vendors, ...vendors } }
      return composeMailServer(own, { id, ...(deadlineMs !== undefined && { deadlineMs }) })
    },
    servers: () => mailServersOf(database, (id) => world.mailServer({ id })),
    exchange: (change = {}) => ({ ...EXCHANGE, ...change }),
    smtpFields: (change = {}) => ({ ...SMTP, port: smtp.port, ...change }),
    async end() {
      await Promise.all([entra.close(), smtp.close()])
      await database.drop()
    },
  }
  return world
}

type MailServerService = ReturnType<typeof composeMailServer>

const noOperations = (id: string): never => {
  throw new Error(`No operations on the mail server ${id}`)
}

/** The list of mail servers in a database. */
export const mailServersOf = ({ db }: Pick<TestDatabase, 'db'>, of: (id: string) => MailServerService = noOperations) =>
  createMailServers({ db, clock: systemClock, audit: createAuditLog(db, systemClock), of })

/** Saves, or throws with what was wrong. */
export async function saved(mailServer: MailServerService, raw: RawFields, version: number) {
  const change = mailServer.parse(raw)
  if (!change.ok) throw new Error(JSON.stringify(change.error))
  return mailServer.save(caller, { change: change.value, version })
}

export async function tested(
  mailServer: MailServerService,
  raw: RawFields,
  wish: Partial<TestInput> = {},
  by = caller,
) {
  const started = await mailServer.test(by, {
    change: mailServer.parse(raw),
    to: 'anna@fabrikam.example',
    dryRun: false,
    ...wish,
  })
  if (!started.ok) return { refused: started.error, events: [] as TestEvent[], finished: null }
  const events: TestEvent[] = []
  for await (const event of started.value) events.push(event)
  const finished = events.find((event) => event.kind === 'finished') ?? null
  return { refused: null, events, finished }
}
