import { type Command, Option } from 'commander'
import type { FactorNotice, PeopleFault, ProfileFault } from '../accounts/terms'
import { translatorFor } from '../i18n/translations'
import { ROLES, type Role } from '../kernel'
import { Redacted } from '../kernel/redacted'
import type { Services } from '../services'
import { type CommandContext, jsonCommand, refuse } from './context'
import { errorText } from './error-sentences'
import { textOfFile, UsageFault } from './usage-fault'

/** For administrators with a shell: creates the first administrator without a browser, and lets back in one who is locked out. */
export function register(program: Command, context: CommandContext): void {
  const operators = program.command('operators').description('who can sign in to the console')
  jsonCommand(operators, 'add')
    .argument('<email>', 'address to sign in with')
    .addOption(new Option('--role <role>', 'what they may do').choices(ROLES).default('admin'))
    .option('--name <name>', 'name shown in the console', '')
    .option(
      '--password-file <path>',
      'their first password, on the first line of a file; without it a set-up link is printed',
    )
    .description('add an operator and print the link with which they choose a password')
    .action((email: string, options: AddOptions) => addOperator(context, email, options))
  jsonCommand(operators, 'list')
    .description('list who can sign in')
    .action(() => listOperators(context))
  jsonCommand(operators, 'reset')
    .argument('<email>', 'whose access to restore')
    .option('--admin', 'make them an administrator')
    .description('remove second factor, sessions and lock, and print a link with which they choose a new password')
    .action((email: string, { admin }: { admin?: true }) => resetOperator(context, email, admin === true))
}

interface AddOptions {
  role: Role
  name: string
  passwordFile?: string
}

async function addOperator(context: CommandContext, email: string, options: AddOptions): Promise<void> {
  const password = options.passwordFile === undefined ? null : firstLine(options.passwordFile)
  const services = await context.services()
  const { role, name } = options
  const added = await services.signIn.addOperator(context.caller, { email, name, role, password })
  if (!added.ok) return refuse(context, sentence(added.error), added.error)
  answer(context, services, email.trim().toLowerCase(), added.value.setUpPath)
}

async function listOperators(context: CommandContext): Promise<void> {
  const services = await context.services()
  const list = (await services.signIn.operators()).map(({ email, role, secondFactor, lastSignInAt }) => ({
    email,
    role,
    secondFactor,
    lastSignIn: lastSignInAt?.toISOString() ?? null,
  }))
  context.document(list)
  for (const { email, role, secondFactor, lastSignIn } of list) {
    context.print(
      `${email}  ${role}  second factor ${secondFactor ? 'on' : 'off'}  last sign-in ${lastSignIn ?? 'never'}`,
    )
  }
  if (list.length === 0 && !context.isJson) context.say('No operators yet.')
}

async function resetOperator(context: CommandContext, email: string, makeAdmin: boolean): Promise<void> {
  const services = await context.services()
  const rescued = await services.signIn.rescueOperator(context.caller, email, makeAdmin)
  if (!rescued.ok && rescued.error.kind === 'not-found') throw new UsageFault(sentence(rescued.error))
  if (!rescued.ok) return refuse(context, sentence(rescued.error), rescued.error)
  const { setUpPath, mail } = rescued.value
  answer(context, services, email.trim().toLowerCase(), setUpPath, mail)
  if (mail.notified === false) context.say(translatorFor('en', 'people')(`operator.done.unnotified-${mail.reason}`))
}

/** The link is the answer; it works once, so a shell's history of it opens nothing later. */
function answer(
  context: CommandContext,
  services: Services,
  email: string,
  setUpPath: Redacted | null,
  mail: FactorNotice = {},
): void {
  const setUpUrl = setUpPath && new URL(setUpPath.reveal(), services.environment.baseUrl).href
  context.document({ email, setUpUrl, ...mail })
  const remark = setUpUrl ? 'chooses a password here (works once, 72 hours):' : 'can sign in.'
  if (!context.isJson) context.say(`${email} ${remark}`)
  if (setUpUrl) context.print(setUpUrl)
}

function sentence(fault: PeopleFault | ProfileFault): string {
  const t = translatorFor('en', 'people')
  if (fault.kind === 'invalid') return fault.faults.map(sentence).join('\n')
  if (fault.kind === 'name') return errorText(fault.validationError, t('field.name'))
  if (fault.kind === 'not-found') return `${t('fault.not-found')} \`postroom operators list\` shows all accounts.`
  if (fault.kind !== 'password') return t(`fault.${fault.kind}`)
  return fault.fault.kind === 'invalid'
    ? errorText(fault.fault.validationError, t('field.password'))
    : t(`fault.password-${fault.fault.kind}`)
}

const firstLine = (file: string) => new Redacted(textOfFile('--password-file', file).split(/\r?\n/, 1)[0] ?? '')
