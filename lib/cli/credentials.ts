import type { Command } from 'commander'
import type { ExpiringView } from '../credentials/views'
import { pick } from '../kernel'
import { type CommandContext, jsonCommand } from './context'

export function register(program: Command, context: CommandContext): void {
  const credentials = program
    .command('credentials')
    .description('what mail servers and clients sign in with, and when it expires')
  jsonCommand(credentials, 'list')
    .description('every credential and every API key that expires, with its expiry date and state, never a secret')
    .action(() => list(context))
}

async function list(context: CommandContext): Promise<void> {
  const { credentials } = await context.services()
  const rows = (await credentials.expiring()).map(documentOf)
  context.document(rows)
  if (rows.length === 0 && !context.isJson) context.say('No credentials yet.')
  for (const { mailServer, client, slot, kind, state, expiresAt, daysLeft, id } of rows)
    context.print(
      `${mailServer ?? client}: ${slot} ${kind}, ${state}${expiresAt ? `, expires ${expiresAt.toISOString()} (days left: ${daysLeft})` : ''} (${id})`,
    )
}

/** Others script against these names. */
const documentOf = (view: ExpiringView) => ({
  ...pick(view, 'id', 'slot', 'kind', 'keyId', 'hint', 'startsAt', 'expiresAt', 'daysLeft', 'state'),
  mailServer: view.kind === 'api-key' ? null : view.mailServer.name,
  client: view.kind === 'api-key' ? view.client.name : null,
  expirySource: view.kind === 'api-key' ? 'typed' : view.expirySource,
})
