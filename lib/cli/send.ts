import type { Command } from 'commander'
import { translatorFor } from '../i18n/translations'
import type { OperatorMessageFault, OperatorMessageFields } from '../submission/operator-message'
import { refusalText } from '../submission/refusal'
import { type CommandContext, collect, jsonCommand, refuse, refuseFields } from './context'
import { errorTexts } from './error-sentences'
import { textOfFile, UsageFault } from './usage-fault'

interface SendOptions {
  from: string
  to: string[]
  subject: string
  as?: string
  text?: string
  file?: string
}

/** For scripts, and to try rules: the message takes the way of every other one. */
export function register(program: Command, context: CommandContext): void {
  jsonCommand(program, 'send')
    .description('put a message into the outbox')
    .requiredOption('--from <address>', 'who sends it, and gets the report if it fails')
    .requiredOption('--to <address>', 'a recipient; repeat for more', collect)
    .requiredOption('--subject <text>', 'subject')
    .option('--as <address>', 'address that the rules go by, if it is not that of --from')
    .option('--text <text>', 'text of the message')
    .option('--file <path>', 'file with the text of the message')
    .action(async (options: SendOptions) => {
      const text = textOf(options)
      const { operatorMessages } = await context.services()
      const { from, as = '', to, subject } = options
      const sent = await operatorMessages.send(context.caller, { from, as, to: to.join('\n'), subject, text })
      if (!sent.ok) return refuseMessage(context, sent.error)
      context.document(sent.value)
      context.print(`The message ${sent.value.id} is in the outbox.`)
    })
}

function textOf({ text, file }: SendOptions): string {
  if ((text === undefined) === (file === undefined)) throw new UsageFault('give either --text or --file')
  return file === undefined ? (text ?? '') : textOfFile('--file', file)
}

const LABELS: Record<keyof OperatorMessageFields, string> = {
  from: '--from',
  as: '--as',
  to: '--to',
  subject: '--subject',
  text: 'text',
}

function refuseMessage(context: CommandContext, fault: OperatorMessageFault): void {
  if (fault.kind === 'errors') refuseFields(context, errorTexts(fault.errors, LABELS))
  else refuse(context, refusalText(translatorFor('en', 'submission'), fault.refusal), fault.refusal.code)
}
