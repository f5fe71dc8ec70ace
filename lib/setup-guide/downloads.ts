import { asMarkdown, asText, HAND_OVER_PARTS, handOver, type Place } from './hand-over'
import { asFile, forWindows, SCRIPT_KINDS, scriptFor } from './scripts/script'
import { scriptInput } from './step-text'
import type { StepId } from './steps'
import type { Guide } from './values'

/** A file to download. Its name is fixed, so that no value gets into a header. */
export interface Download {
  fileName: string
  mediaType: string
  body: string
}

/** The file with this name, or null if there is none. A script is named without its extension, because that depends on the tool. */
export function download(name: string, guide: Guide, place: Place, only: StepId | null = null): Download | null {
  const kind = SCRIPT_KINDS.find((each) => `postroom-${each}` === name)
  if (kind) {
    const script = scriptFor(kind, scriptInput(guide, place.locale, place.consoleUrl))
    return { fileName: script.fileName, mediaType: 'text/plain; charset=utf-8', body: asFile(script) }
  }
  for (const part of HAND_OVER_PARTS) {
    const stem = `postroom-hand-over-${part}`
    if (name !== `${stem}.md` && name !== `${stem}.txt`) continue
    const sheet = handOver(part, guide, place, only)
    return name.endsWith('.md')
      ? { fileName: name, mediaType: 'text/markdown; charset=utf-8', body: asMarkdown(sheet, place.locale) }
      : {
          fileName: name,
          mediaType: 'text/plain; charset=utf-8',
          // For Notepad.
          body: forWindows(asText(sheet, place.locale)),
        }
  }
  return null
}
