import type { Command } from 'commander'
import type { CredentialView } from '../credentials'
import type { CommandContext } from './context'

export function register(program: Command, context: CommandContext): void {
  const credentials = program
    .command('credentials')
    .description('what the mail servers sign in with, and when it expires')
  credentials
    .command('list')
    .description('every credential with its expiry date and state, never a secret')
    .option('--json', 'only the JSON document')
    .action(async ({ json }: { json?: true }) => list(context, json === true))
}

async function list(context: CommandContext, json: boolean): Promise<void> {
  const { credentials } = await context.services()
  const rows = (await credentials.list()).map(documentOf)
  if (json) return context.document(rows)
  if (rows.length === 0) return context.print('No credentials yet.')
  for (const { mailServer, slot, kind, state, expiresAt, daysLeft, id } of rows)
    context.print(
      `${mailServer}: ${slot} ${kind}, ${state}${expiresAt ? `, ends ${expiresAt.toISOString()} (${daysLeft} days)` : ''} (${id})`,
    )
}

/** Others script against these names. */
const documentOf = (view: CredentialView) => ({
  id: view.id,
  mailServer: view.mailServer.name,
  slot: view.slot,
  kind: view.kind,
  keyId: view.keyId,
  hint: view.hint,
  startsAt: view.startsAt,
  expiresAt: view.expiresAt,
  expirySource: view.expirySource,
  daysLeft: view.daysLeft,
  state: view.state,
})
