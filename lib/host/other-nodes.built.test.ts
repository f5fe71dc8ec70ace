import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { findNode, OTHER_LINES } from '../../tools/other-nodes.mjs'
import { projectRoot } from '../db/project-root'
import { freePort } from './embedded-postgres'

/** The build on other Node lines; `npm run verify` installs them. All tests run on one line, these on each of the others. */
vi.setConfig({ testTimeout: 180_000 })

let home: string
let running: ChildProcess[]
beforeEach(() => {
  home = mkdtempSync(path.join(os.tmpdir(), 'postroom-node-'))
  running = []
})
afterEach(async () => {
  for (const child of running) {
    // One may have ended while another was waited for.
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
  rmSync(home, { recursive: true, force: true, maxRetries: 5 })
})

test.for(OTHER_LINES)('P-04 the build starts, saves, tests and stops on Node %s', async (line, { skip }) => {
  const node = findNode(line)
  if (node === null) return skip(`Node ${line} is not installed: npm run verify`)

  const start = (args: string[], env: Record<string, string>): ChildProcess => {
    const [script = '', ...rest] = args
    const child = spawn(node, [path.join(projectRoot(), script), ...rest], {
      cwd: home, // a developer's own .env in the checkout is not read
      env: { PATH: process.env.PATH, NODE_ENV: 'production', ...env },
    })
    running.push(child)
    return child
  }
  /** Both streams up to the first match. */
  const says = (child: ChildProcess, pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      let said = ''
      const hear = (text: string) => {
        said += text
        const match = pattern.exec(said)
        if (match) resolve(match[0])
      }
      for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', hear)
      child.once('close', () => reject(new Error(`it ended:\n${said.slice(-4_000)}`)))
    })

  const simulator = start(['dist/simulator.mjs', '--data', path.join(home, 'simulator')], {})
  const facts = JSON.parse(await says(simulator, /^\{.*\}$/m))
  writeFileSync(path.join(home, 'clouds.json'), JSON.stringify([facts.cloud]))
  const port = String(await freePort())
  const environment = {
    PORT: port,
    POSTROOM_DATA_DIR: path.join(home, 'data'),
    POSTROOM_CLOUDS_FILE: path.join(home, 'clouds.json'),
    POSTROOM_ALLOW_NETWORKS: 'localhost,127.0.0.0/8,::1/128',
    POSTROOM_ALLOW_PORTS: String(facts.smtpPort),
    NODE_EXTRA_CA_CERTS: facts.caFile,
    CLIENT_SECRET: facts.clientSecret,
  }
  const tree = start(['bin/postroom', 'start'], environment)
  await says(tree, /Postroom is ready/)
  const page = await fetch(`http://localhost:${port}/sign-in`)
  expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('Sign in')])

  const settings = {
    type: 'exchange-online-oauth2',
    cloud: facts.cloud.id,
    senderAddress: facts.sender,
    senderName: '',
    allowIndividualSenders: false,
    tenantId: facts.tenantId,
    clientId: facts.clientId,
    credential: { kind: 'secret', value: { env: 'CLIENT_SECRET' } },
  }
  writeFileSync(path.join(home, 'settings.json'), JSON.stringify(settings))
  const command = async (...args: string[]) =>
    JSON.parse(
      await says(start(['bin/postroom', 'mail-server', ...args, '--json'], environment), /^\{[\s\S]*^\}$|^\{.*\}$/m),
    )
  expect(await command('apply', path.join(home, 'settings.json'))).toMatchObject({ revision: 1 })
  expect(await command('test', '--to', 'someone@fabrikam.example')).toMatchObject({ outcome: 'accepted' })

  tree.kill('SIGTERM')
  expect(await once(tree, 'exit')).toEqual([0, null])
})
