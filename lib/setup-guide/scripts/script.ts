import { commentLines, isQuotable, microsoftLines, noCloud, powershellString, shellString } from '../../diagnosis'
import type { KeyUnder, Translator } from '../../i18n/translations'
import { azCloud, type Choices, CREDENTIAL_NAME, DEFAULT_APP_NAME, type GuideValues } from '../choices'

export const SCRIPT_KINDS = ['entra', 'exchange', 'undo-entra', 'undo-exchange'] as const
export type ScriptKind = (typeof SCRIPT_KINDS)[number]

/** Everything a script is written from. All its sentences come from the translations. */
export interface ScriptInput extends Choices {
  values: GuideValues
  t: Translator<'set-up'>
  /** Address of the Mail server page, for the comment that says where to paste the block. */
  consoleUrl: string
}

export interface Script {
  /** Fixed, so that no value gets into a header. */
  fileName: string
  language: 'powershell' | 'bash'
  /** As shown and copied, with LF between lines. */
  text: string
}

/** Marks a gap. No address, id or name contains it, and the script checks for it before it does anything. */
export const GAP_MARK = '\u2039'

/**
 * The labels of the block that a script prints at its end, one value per line. The Mail server page reads the block when it is pasted
 * (`lib/mail-server/paste`). The labels are those of the portal, in English in both languages.
 */
const BLOCK_LABELS: Readonly<Record<string, string>> = {
  /** Id of the Microsoft cloud that the other values belong to. */
  cloud: 'Microsoft cloud',
  tenantId: 'Directory (tenant) ID',
  clientId: 'Application (client) ID',
  objectId: 'Object ID',
  sender: 'Sender email address',
  secret: 'Client secret value',
  expires: 'Secret expires at',
}

/** Names that a script may contain as they are. */
const CONSTANTS: Readonly<Record<string, string>> = { GAP_MARK, CREDENTIAL_NAME }

/** The script for one part and these values. It is PowerShell for Exchange, and for Entra in a cloud without `az`. */
export function scriptFor(kind: ScriptKind, input: ScriptInput): Script {
  const isEntra = kind === 'entra' || kind === 'undo-entra'
  return isEntra && input.tool === 'az' && azCloud(input.values.cloud) !== null
    ? { language: 'bash', ...written(`${kind}-az`, `postroom-${kind}.sh`, input, shellString) }
    : { language: 'powershell', ...written(kind, `postroom-${kind}.ps1`, input, powershellString) }
}

/** @param quote writes a text as a single argument, so that nothing in it can run */
function written(
  name: ScriptKind | 'entra-az' | 'undo-entra-az',
  fileName: string,
  input: ScriptInput,
  quote: (text: string) => string,
): Omit<Script, 'language'> {
  const { values, t, path, credential, consoleUrl } = input
  const { cloud } = values
  if (cloud === null) return { fileName, text: `${noCloud(t.locale).join('\n')}\n` }
  /** What a template may contain besides constants, by its name and what follows it. */
  const forms: Readonly<Record<string, (what: string) => string | undefined>> = {
    value: (value) => quote(knownOrGap(input, value as ValueName)),
    text: (key) => quote(t(`script.${key as ScriptKey}`)),
    clientIdOrEmpty: () => (values.clientId === null ? "''" : quote(knownOrGap(input, 'clientId'))),
    cloudId: () => quote(cloud.id),
    azCloud: () => quote(azCloud(cloud) ?? 'AzureCloud'),
    graphOrigin: () => quote(new URL(cloud.graphUrl).origin),
    /** Around the block, so that people see what to copy. */
    blockOpens: () => quote('----- Postroom -----'),
    blockCloses: () => quote('--------------------'),
    label: (label) => ifLabel(label, (text) => quote(text)),
    labelled: (label) => ifLabel(label, (text) => quote(`${text}: `)),
  }
  const lines = microsoftLines(name, cloud, {
    conditions: { mailbox: path === 'mailbox', secret: credential === 'secret' },
    fill: (placeholder, what = '') => CONSTANTS[placeholder] ?? forms[placeholder]?.(what),
    say: (key) => commentLines(t(`script.${key as ScriptKey}`, { console: consoleUrl, file: fileName })),
  })
  return { fileName, text: `${lines.join('\n')}\n` }
}

function ifLabel(label: string, write: (text: string) => string): string | undefined {
  const text = BLOCK_LABELS[label]
  return text === undefined ? undefined : write(text)
}

type ScriptKey = KeyUnder<'set-up', 'script'>
type ValueName = 'tenantId' | 'clientId' | 'objectId' | 'sender' | 'appName'

/** The known value if it can be quoted, otherwise a gap with the name of the value. */
function knownOrGap({ values, t }: ScriptInput, name: ValueName): string {
  const value = values[name]
  if (value !== null && value !== '' && isQuotable(value)) return value
  return name === 'appName' ? DEFAULT_APP_NAME : `${GAP_MARK}${t(`gaps.${name}`)}\u203a`
}

/** With a byte order mark, which PowerShell 5.1 needs to read UTF-8. */
export const forWindows = (text: string): string => `\ufeff${text.replaceAll('\n', '\r\n')}`

export const asFile = ({ language, text }: Pick<Script, 'language' | 'text'>): string =>
  language === 'powershell' ? forWindows(text) : text
