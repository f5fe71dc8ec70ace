import type { Command } from 'commander'
import type { LocalisedCaller } from '../i18n/locale'
import { fail, ok, type Result } from '../kernel'
import { Redacted } from '../kernel/redacted'
import type { FieldErrors, MailServerService, TestReport } from '../mail-server'
import { limitReached } from '../mail-server/connection-test/limit'
import type { MailServerChange } from '../mail-server/fields'
import type { SaveFault } from '../mail-server/save'
import {
  type FileErrors,
  readSettingsFile,
  type SecretPlaces,
  settingsDocument,
  typeNamedIn,
} from '../mail-server/settings-file'
import { parseRecipientEmail } from '../validation/email-address'
import { type CommandContext, jsonCommand, refuseFields } from './context'
import { errorText, errorTexts } from './error-sentences'
import { textIn, textOfFile, UsageFault } from './usage-fault'

interface Which {
  /** By name. Absent: the default one. */
  server?: string
}

interface TestOptions extends Which {
  to: string
  settings?: string
  dryRun?: true
}

const SERVER = '--server <name>'
const SERVER_HELP = 'the mail server to use instead of the default one'

export function register(program: Command, context: CommandContext): void {
  const mailServer = program.command('mail-server').description('the settings of mail servers, and tests of them')
  jsonCommand(mailServer, 'list')
    .description('the mail servers, the default one first')
    .action(() => list(context))
  jsonCommand(mailServer, 'show')
    .option(SERVER, SERVER_HELP)
    .description('the settings, never a secret (exit code 1: they cannot be read)')
    .action(async (options: Which) => show(context, options))
  jsonCommand(mailServer, 'apply')
    .argument('<file>', 'settings file, JSON')
    .option(SERVER, SERVER_HELP)
    .description('check and save a settings file, like Save changes (exit code 1: it was rejected)')
    .action(async (file: string, options: Which) => apply(context, file, options))
  jsonCommand(mailServer, 'test')
    .requiredOption('--to <address>', 'recipient of the test message')
    .option(SERVER, SERVER_HELP)
    .option('--settings <file>', 'test this settings file instead of the saved settings')
    .option('--dry-run', 'stop before anything is sent')
    .description('send a test message, like Send test message (exit code 1: it failed)')
    .action(async (options: TestOptions) => test(context, options))
}

/** Others script against these names. */
async function list(context: CommandContext): Promise<void> {
  const { mailServers } = await context.services()
  const servers = await mailServers.list()
  const rows = await Promise.all(
    servers.map(async ({ id, name, isDefault, version, settings, failoverId }) => ({
      name,
      default: isDefault,
      revision: version,
      type: settings?.type ?? null,
      senderAddress: settings?.senderAddress ?? null,
      status: await mailServers.of(id).state(),
      failover: servers.find((other) => other.id === failoverId)?.name ?? null,
    })),
  )
  context.document(rows)
  if (rows.length === 0 && !context.isJson) context.say('No mail servers yet.')
  for (const { name, default: isDefault, revision, senderAddress, status, failover } of rows) {
    const facts = [
      status,
      `revision ${revision}`,
      senderAddress,
      isDefault && 'default',
      failover && `failover: ${failover}`,
    ]
    context.print(`${name}: ${facts.filter(Boolean).join(', ')}`)
  }
}

/** The named mail server, or the default one. Names are compared without regard to case. */
async function serviceOf(context: CommandContext, { server }: Which): Promise<MailServerService> {
  const { mailServers } = await context.services()
  if (server === undefined) return mailServers.default()
  const servers = await mailServers.list()
  const match = servers.find(({ name }) => name.toLowerCase() === server.trim().toLowerCase())
  if (match) return mailServers.of(match.id)
  throw new UsageFault(
    servers.length === 0
      ? '--server: there is no mail server yet. Without this option `mail-server apply` adds the first one'
      : `--server: none has this name. There are: ${servers.map(({ name }) => name).join(', ')}`,
  )
}

async function show(context: CommandContext, options: Which): Promise<void> {
  const mailServer = await serviceOf(context, options)
  const [change, view] = await Promise.all([mailServer.savedChange(), mailServer.view()])
  const document = settingsDocument(change?.settings ?? null, view)
  if (view.unreadable) {
    context.exit(1)
    context.say('The stored settings cannot be read: changed by hand in the database, or written by another version.')
    context.say(
      'Save them again with `postroom mail-server apply <file>`, or in the console, which also has earlier revisions.',
    )
  }
  context.document(document)
  if (!change && !view.unreadable) return context.print('Nothing is saved yet.')
  // As the JSON document has them: its dates are texts.
  for (const line of settingLines(JSON.parse(JSON.stringify(document)))) context.print(line)
}

/** One line for each setting; one of the credential is named `credential.kind`. */
const settingLines = (settings: object, prefix = ''): string[] =>
  Object.entries(settings).flatMap(([name, value]) =>
    typeof value === 'object' && value !== null
      ? settingLines(value, `${prefix}${name}.`)
      : `${prefix}${name}: ${value ?? 'none'}`,
  )

async function apply(context: CommandContext, file: string, options: Which): Promise<void> {
  const text = textOfFile('settings file', file)
  const mailServer = await serviceOf(context, options)
  const read = await changeIn(text, mailServer)
  if (!read.ok) return refuseFields(context, errorTexts(read.error))
  const { version } = await mailServer.view()
  const saved = await mailServer.save(callerOf(context), { change: read.value, version })
  if (!saved.ok) return refuseFields(context, errorTexts(saveErrors(saved.error)))
  const { version: revision, changed } = saved.value
  context.document({ revision, changed })
  context.print(
    changed.length > 0
      ? `Saved as revision ${revision}. Changed: ${changed.join(', ')}.`
      : `Nothing has changed. Revision ${revision} is the current one.`,
  )
}

function saveErrors(fault: SaveFault): FileErrors {
  switch (fault.kind) {
    case 'secret': {
      const key = fault.fault === 'none' ? 'secret.none' : 'secret.notKept'
      return { [fault.field === 'password' ? 'login.password' : 'credential.value']: { key } }
    }
    case 'conflict':
      return { version: { key: 'refused.changedMeanwhile' } }
    case 'removed':
      return { version: { key: 'refused.serverRemoved' } }
    case 'rules':
      throw new Error('The command line leaves the rules as they are')
    case 'none-verified':
      return { allowIndividualSenders: { key: 'choice.individualSenders' } }
    case 'key-wrong':
      return { credential: { key: 'refused.keyWrong', params: { kid: fault.kid } } }
  }
}

async function test(context: CommandContext, options: TestOptions): Promise<void> {
  const { to, settings, dryRun } = options
  const recipient = parseRecipientEmail(to)
  if (!recipient.ok) return refuseFields(context, { '--to': errorText(recipient.error) })
  const text = settings === undefined ? null : textOfFile('--settings', settings)
  const mailServer = await serviceOf(context, options)
  const change = text === null ? await savedChange(mailServer) : await changeIn(text, mailServer)
  const started = await mailServer.test(callerOf(context), {
    change: change.ok ? change : fail(change.error as FieldErrors),
    type: text === null ? null : typeNamedIn(text),
    to: recipient.value,
    dryRun: dryRun === true,
  })
  if (!started.ok) {
    if (started.error.kind !== 'too-many') throw new Error('At a shell any sender may be tested')
    const { limit, retryAfterMs } = started.error
    context.exit(1)
    context.say(errorText(limitReached(started.error)))
    // Others script against these two names.
    const whose = limit.startsWith('operator') ? 'operator' : 'console'
    context.document({ error: 'too-many-tests', limit: whose, retryAfterMs })
    return
  }
  for await (const event of started.value) {
    if (event.kind === 'ended') context.say(`${event.stage.stage.padEnd(10)} ${event.stage.state} ${event.stage.ms} ms`)
    if (event.kind === 'finished') tell(context, event.report)
  }
}

function tell(context: CommandContext, report: TestReport): void {
  const { outcome, diagnosis, accepted } = report
  context.exit(outcome === 'failed' ? 1 : 0)
  context.document(report)
  if (accepted) context.print(`Accepted by the server: ${accepted.reply}`)
  if (outcome === 'ready') context.print('Ready: every step before the message succeeded. Nothing was sent.')
  if (!diagnosis) return
  context.print(`${diagnosis.title} (${diagnosis.code}, step ${diagnosis.stage})`)
  context.print(diagnosis.cause)
  if (diagnosis.fallbackUntil)
    context.print(
      `Deliveries use the previous credential until ${diagnosis.fallbackUntil} at the latest. Mail is being sent.`,
    )
  for (const [at, step] of diagnosis.steps.entries()) context.print(`${at + 1}. ${step}`)
  for (const command of diagnosis.commands) context.print(`   ${command}`)
  if (diagnosis.evidence) context.print(`Details: ${diagnosis.evidence}`)
}

async function savedChange(mailServer: MailServerService): Promise<Result<MailServerChange, FileErrors>> {
  const change = await mailServer.savedChange()
  return change ? ok(change) : fail({ settings: { key: 'refused.nothingSaved' } })
}

async function changeIn(text: string, mailServer: MailServerService): Promise<Result<MailServerChange, FileErrors>> {
  const storedExpiry = (await mailServer.savedChange())?.secretExpiresAt ?? null
  return readSettingsFile(text, { parse: mailServer.parse, places: PLACES, storedExpiry })
}

const PLACES: SecretPlaces = {
  env(name) {
    const value = process.env[name]
    return value === undefined ? null : new Redacted(value)
  },
  file(path) {
    try {
      return new Redacted(textIn(path).replace(/\r?\n$/, ''))
    } catch {
      return null
    }
  },
}

/** Texts in JSON answers are always English. */
const callerOf = ({ caller }: CommandContext): LocalisedCaller => ({ ...caller, locale: 'en' })
