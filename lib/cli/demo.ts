import type { Command } from 'commander'
import type { Demo } from '../host/demo'
import type { CommandContext } from './context'
import { runTree } from './run-tree'

export function register(program: Command, context: CommandContext): void {
  program
    .command('demo')
    .description('the console in a temporary folder with a simulated Microsoft 365, until Ctrl-C')
    .option('--json', 'once ready, one line of JSON')
    .action(async () => {
      const { startDemo } = await import('../host/demo')
      await runTree(context, async (halt) => {
        const demo = await startDemo({ variables: process.env, say: context.say, halt })
        context.document(demo.facts)
        for (const line of welcome(demo)) context.print(line)
        return demo.tree
      })
    })
}

type Sandbox = Pick<Demo, 'facts' | 'cloudName' | 'reminders' | 'smtpServer'>

const row = (label: string, value: string): string => `    ${label.padEnd(26)}${value}`

export function welcome({ logFile, commands, ...sandbox }: Omit<Demo, 'tree'>): string[] {
  return [
    '',
    '  Postroom is running with a simulated Microsoft 365 on this machine.',
    '',
    ...sandboxLines(sandbox),
    ...clientLines(commands),
    `  Log: ${logFile}`,
    '  Ctrl-C ends the demonstration and removes everything it created.',
    '',
  ]
}

/** Where to sign in and what to paste. The labels are those of the page, which its paste helper understands. */
export function sandboxLines({ facts, cloudName, reminders, smtpServer }: Sandbox): string[] {
  const { baseUrl, signIn, tenantId, clientId, clientSecret, secretExpiresAt, sender, mailboxUrl, controlUrl } = facts
  return [
    row('Open', baseUrl),
    row('Email address', signIn.email),
    row('Password', signIn.password),
    '',
    '  Under Mail servers choose “Microsoft Exchange Online with OAuth2',
    '  authentication” and paste, value by value or the whole block under “Paste set-up output”:',
    '',
    row('Sender email address', sender),
    row('Microsoft cloud', cloudName),
    row('Directory (tenant) ID', tenantId),
    row('Application (client) ID', clientId),
    row('Client Secret', clientSecret),
    row('Valid until', secretExpiresAt),
    '',
    '  Save changes, then send a test message to an address of another organisation, such as',
    '  anna@fabrikam.example (at contoso.example only the simulated mailboxes exist). It arrives here:',
    '',
    row('Mailbox', mailboxUrl),
    row('Faults to try', controlUrl),
    '',
    '  To send as scanner@contoso.example too, grant Send As here, then add it under Senders:',
    '',
    row('Permissions', `${controlUrl}#scanner@contoso.example`),
    '',
    '  Credentials → Reminders can post here:',
    '',
    row('Webhook', reminders.webhookUrl),
    row('Microsoft Teams', reminders.teamsWebhookUrl),
    row('What arrived', reminders.inboxUrl),
    '',
    '  The type “SMTP server” works too:',
    '',
    row('Host', smtpServer.host),
    row('Port', `${smtpServer.starttlsPort} with STARTTLS, ${smtpServer.tlsPort} with TLS`),
    row('User name', smtpServer.username),
    row('Password', smtpServer.password),
    '',
    '  No second factor is asked for here; a real deployment asks administrators for one.',
  ]
}

/** One line each, so that it can be copied whole. */
const clientLines = ({ printer, application, api }: Demo['commands']): string[] => [
  '',
  '  A printer, an application and an API key are set up under Clients. To send as each of them:',
  '',
  ...[printer, application, api].flatMap((command) => [`    ${command}`, '']),
]
