import { mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import { type Simulator, startSimulator } from '../../../simulator/simulator'
import { createTestAuthority } from '../../../tests/support/certificates'
import { servicesAt } from '../../../tests/support/credentials-services'
import { freshDatabase } from '../../../tests/support/database'
import { canRunDovecot, startDovecot } from '../../../tests/support/dovecot'
import { newKey, tested } from '../../../tests/support/mail-server'
import { startSmtp } from '../../../tests/support/servers'
import { untilTestEnds } from '../../../tests/support/until-test-ends'
import { createVault } from '../../crypto/vault'
import { systemClock } from '../../kernel'
import { composeMailServer } from '../../services/mail-server'

/** Only with `npm run soak`, which installs the package where it may. */
const runs = process.env.SOAK !== undefined && canRunDovecot()

test.skipIf(!runs)(
  'a real submission service that keeps RFC 4954 takes the test message of the token’s mailbox, and of no other',
  async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'dovecot-test-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const simulator = await untilTestEnds(startSimulator({ dataDir: folder }))
    const database = await freshDatabase()
    onTestFinished(() => database.drop())
    const relay = await untilTestEnds(startSmtp({ security: 'none', extensions: () => ['8BITMIME', 'SIZE 1000000'] }))
    const authority = await createTestAuthority()
    const introspectionUrl = await startIntrospection(simulator)
    const dovecot = await startDovecot({
      identity: await authority.certify(),
      introspectionUrl,
      relayPort: relay.port,
    })
    onTestFinished(() => dovecot.close())

    const { ready } = simulator
    const cloud = { ...ready.cloud, smtpHost: 'localhost', smtpPort: dovecot.port }
    const keys = [newKey('k1')]
    const mailServer = composeMailServer(
      servicesAt({
        ready: { ...ready, cloud, smtpPort: dovecot.port },
        caPem: `${simulator.caPem}\n${authority.certificate}`,
        db: database.db,
        keys,
        vault: createVault(keys, systemClock),
        clock: systemClock,
        federated: false,
      }),
    )
    const fields = (senderAddress: string) => ({
      type: 'exchange-online-oauth2',
      senderAddress,
      senderName: 'Contoso',
      cloud: cloud.id,
      tenantId: ready.tenantId,
      clientId: ready.clientId,
      clientSecretChange: 'replace',
      clientSecret: ready.clientSecret,
      secretExpiresAt: '2099-12-31',
    })

    const right = (await tested(mailServer, fields(ready.sender))).finished?.report
    expect(right?.diagnosis, dovecot.log()).toBeNull()
    expect(right).toMatchObject({ outcome: 'accepted' })
    expect(relay.messages).toHaveLength(1)
    expect(relay.messages[0]).toContain(`From: Contoso <${ready.sender}>`)

    const other = (await tested(mailServer, fields('other@contoso.example'))).finished?.report
    expect(other?.diagnosis).toMatchObject({ code: 'exchange-rejected-token', stage: 'auth', retry: 'settling' })
    expect(other?.diagnosis?.evidence).toMatch(/^535 5\.7\.8 /)
    expect(relay.messages).toHaveLength(1)
  },
  60_000,
)

/** Says whose a token is that the simulator's published keys have signed; Exchange knows that from its mailbox permissions. */
async function startIntrospection({ ready, caPem }: Simulator): Promise<string> {
  const published = await new Promise<string>((resolve, reject) =>
    https
      .get(`${ready.entraOrigin}/${ready.tenantId}/discovery/v2.0/keys`, { ca: caPem }, (response) =>
        text(response).then(resolve, reject),
      )
      .on('error', reject),
  )
  const keys = createLocalJWKSet(JSON.parse(published) as JSONWebKeySet)
  const server = http.createServer(async (request, response) => {
    const token = new URLSearchParams(await text(request)).get('token') ?? ''
    const verified = await jwtVerify(token, keys, { issuer: `https://sts.windows.net/${ready.tenantId}/` }).catch(
      () => null,
    )
    const isOurs = verified?.payload.appid === ready.clientId
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(isOurs ? { active: true, username: ready.sender } : { active: false }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/introspect`
}
