import { azCloud } from '../choices'
import { entraAz, undoEntraAz } from './entra-az'
import { entraPowershell, undoEntraPowershell } from './entra-powershell'
import { exchangePowershell, undoExchangePowershell } from './exchange-powershell'
import { type Pen, powershellPen, type ScriptInput, shellPen } from './script-writer'

export const SCRIPT_KINDS = ['entra', 'exchange', 'undo-entra', 'undo-exchange'] as const
export type ScriptKind = (typeof SCRIPT_KINDS)[number]

export interface Script {
  /** Fixed, so that no value gets into a header (M-12). */
  fileName: string
  language: 'powershell' | 'bash'
  /** As shown and copied: lines parted by LF. */
  text: string
}

const POWERSHELL: Record<ScriptKind, (pen: Pen) => string[]> = {
  entra: entraPowershell,
  exchange: exchangePowershell,
  'undo-entra': undoEntraPowershell,
  'undo-exchange': undoExchangePowershell,
}

/** The script of that part for these values. Exchange's is PowerShell in any case, as is Entra's where `az` does not reach. */
export function scriptFor(kind: ScriptKind, input: ScriptInput): Script {
  const inEntra = kind === 'entra' || kind === 'undo-entra'
  if (inEntra && input.tool === 'az' && azCloud(input.values.cloud) !== null) {
    const fileName = `postroom-${kind}.sh`
    const pen = shellPen(input, fileName)
    return { fileName, language: 'bash', text: joined(kind === 'entra' ? entraAz(pen) : undoEntraAz(pen)) }
  }
  const fileName = `postroom-${kind}.ps1`
  return { fileName, language: 'powershell', text: joined(POWERSHELL[kind](powershellPen(input, fileName))) }
}

const joined = (lines: readonly string[]): string => `${lines.join('\n')}\n`

const BYTE_ORDER_MARK = '\ufeff'

/** PowerShell 5.1 reads a file without a mark as the system's old code page, and letters beyond ASCII come out wrong. */
export const asFile = ({ language, text }: Pick<Script, 'language' | 'text'>): string =>
  language === 'powershell' ? `${BYTE_ORDER_MARK}${text.replaceAll('\n', '\r\n')}` : text
