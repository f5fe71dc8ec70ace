import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import type { Variables } from '../config/environment-fault'
import { projectRoot } from '../db/project-root'

const run = promisify(execFile)
const RECIPIENT = 'anna@fabrikam.example'

/**
 * Adds a printer, an application and an API key by the command that administrators use.
 *
 * @returns commands to copy, each for one of them. They contain its password, which is of use in the demonstration only.
 */
export async function addDemoClients(variables: Variables) {
  const [printer, application, api] = await Promise.all([
    add(variables, 'clients', { name: 'Scanner, ground floor', sender: 'scanner@contoso.example' }),
    add(variables, 'clients', { kind: 'application', name: 'Web shop', sender: 'shop@contoso.example' }),
    add(variables, 'api-keys', { name: 'Invoices', scope: 'send,read', sender: 'invoices@contoso.example' }),
  ])
  const port = /starttls=(\d+)/.exec(variables.POSTROOM_SUBMISSION_PORTS ?? '')?.[1] ?? ''
  return {
    printer: [
      `printf 'Subject: Scan\\r\\n\\r\\nHello\\r\\n' | curl --insecure --ssl-reqd --url smtp://localhost:${port}`,
      `--user ${printer.login}:${printer.password} --mail-from scanner@contoso.example --mail-rcpt ${RECIPIENT} --upload-file -`,
    ].join(' '),
    application: [
      `python3 -c "import smtplib; s = smtplib.SMTP('localhost', ${port}); s.starttls();`,
      `s.login('${application.login}', '${application.password}');`,
      `s.sendmail('shop@contoso.example', '${RECIPIENT}', 'Subject: Order\\n\\nHello'); s.quit()"`,
    ].join(' '),
    api: [
      `curl -H 'Authorization: Bearer ${api.key}' -H 'Content-Type: application/json'`,
      `-d '${JSON.stringify({ to: RECIPIENT, subject: 'Invoice', text: 'Hello' })}' ${variables.POSTROOM_BASE_URL}/api/v1/messages`,
    ].join(' '),
  }
}

async function add(variables: Variables, group: string, options: Record<string, string>) {
  const command = path.join(projectRoot(), 'bin/postroom')
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])
  const { stdout } = await run(process.execPath, [command, group, 'add', ...args, '--json'], {
    env: { ...variables } as NodeJS.ProcessEnv,
  })
  return JSON.parse(stdout) as Record<string, string>
}
