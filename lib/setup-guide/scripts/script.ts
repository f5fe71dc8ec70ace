import { azCloud } from '../choices'
import { entraAz, undoEntraAz } from './entra-az'
import { entraPowershell, undoEntraPowershell } from './entra-powershell'
import { exchangePowershell, undoExchangePowershell } from './exchange-powershell'
import { powershellWriter, type ScriptInput, type ScriptWriter, shellWriter } from './script-writer'

export const SCRIPT_KINDS = ['entra', 'exchange', 'undo-entra', 'undo-exchange'] as const
export type ScriptKind = (typeof SCRIPT_KINDS)[number]

export interface Script {
  /** Fixed, so that no value gets into a header. */
  fileName: string
  language: 'powershell' | 'bash'
  /** As shown and copied, with LF between lines. */
  text: string
}

const POWERSHELL: Record<ScriptKind, (writer: ScriptWriter) => string[]> = {
  entra: entraPowershell,
  exchange: exchangePowershell,
  'undo-entra': undoEntraPowershell,
  'undo-exchange': undoExchangePowershell,
}

/** The script for one part and these values. It is PowerShell for Exchange, and for Entra in a cloud without `az`. */
export function scriptFor(kind: ScriptKind, input: ScriptInput): Script {
  const inEntra = kind === 'entra' || kind === 'undo-entra'
  if (inEntra && input.tool === 'az' && azCloud(input.values.cloud) !== null) {
    const fileName = `postroom-${kind}.sh`
    const writer = shellWriter(input, fileName)
    return { fileName, language: 'bash', text: joined(kind === 'entra' ? entraAz(writer) : undoEntraAz(writer)) }
  }
  const fileName = `postroom-${kind}.ps1`
  return { fileName, language: 'powershell', text: joined(POWERSHELL[kind](powershellWriter(input, fileName))) }
}

const joined = (lines: readonly string[]): string => `${lines.join('\n')}\n`

const BYTE_ORDER_MARK = '\ufeff'

/** The script as a file. PowerShell 5.1 needs the byte order mark to read UTF-8. */
export const asFile = ({ language, text }: Pick<Script, 'language' | 'text'>): string =>
  language === 'powershell' ? `${BYTE_ORDER_MARK}${text.replaceAll('\n', '\r\n')}` : text
