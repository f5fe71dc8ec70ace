import type { Locale } from '../i18n/locale'
import { asMarkdown, asText, HAND_OVER_PARTS, handOver } from './hand-over'
import { scriptInput } from './read-test-result'
import { asFile, SCRIPT_KINDS, scriptFor } from './scripts/script'
import type { Guide } from './values'

const BYTE_ORDER_MARK = '\ufeff'

/** A file to take along. Its name is ours, never a value's (M-12). */
export interface Download {
  fileName: string
  mediaType: string
  body: string
}

interface Place {
  locale: Locale
  consoleUrl: string
  guideUrl: string
}

/** The file of that name for these values; null: there is none. A script is named without its ending, which the tool decides. */
export function download(name: string, guide: Guide, place: Place): Download | null {
  const kind = SCRIPT_KINDS.find((each) => `postroom-${each}` === name)
  if (kind) {
    const script = scriptFor(kind, scriptInput(guide, place.locale, place.consoleUrl))
    return { fileName: script.fileName, mediaType: 'text/plain; charset=utf-8', body: asFile(script) }
  }
  for (const part of HAND_OVER_PARTS) {
    const stem = `postroom-hand-over-${part}`
    if (name !== `${stem}.md` && name !== `${stem}.txt`) continue
    const sheet = handOver(part, guide, place)
    return name.endsWith('.md')
      ? { fileName: name, mediaType: 'text/markdown; charset=utf-8', body: asMarkdown(sheet, place.locale) }
      : {
          fileName: name,
          mediaType: 'text/plain; charset=utf-8',
          // Windows' own editor is where it will be opened.
          body: `${BYTE_ORDER_MARK}${asText(sheet, place.locale).replaceAll('\n', '\r\n')}`,
        }
  }
  return null
}
