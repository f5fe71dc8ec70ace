import { CodeBlock, type CopyLabels } from '@/components/code-block'
import { Note } from '@/components/note'
import type { Translator } from '@/lib/i18n/translations'
import type { Script, ScriptKind } from '@/lib/setup-guide/scripts/script'
import { GAP_MARK } from '@/lib/setup-guide/scripts/script-writer'

export interface ScriptDownload {
  kind: ScriptKind
  script: Script
  href: string
}

/** A part of the guide as a script, and the script that undoes it. */
export function ScriptPart(props: {
  id: string
  download: ScriptDownload
  undo: ScriptDownload
  t: Translator<'set-up'>
  copy: CopyLabels
}) {
  const { download, undo, t, copy } = props
  const gaps = gapsIn(download.script.text)
  return (
    <div className="mt-6">
      <h3 id={props.id} className="font-[600]">
        {t('scripts.title')}
      </h3>
      <p className="mt-1 mb-3 max-w-[46rem] text-sm text-soft">
        {t('scripts.text')} {t('scripts.prints')} {t('scripts.untried')}
      </p>
      {gaps.length > 0 && (
        <Note kind="info" className="mb-3">
          {t('scripts.hasGaps', { gaps: gaps.join(', ') })}
        </Note>
      )}
      <div className="grid gap-3">
        <ScriptDetails download={download} t={t} copy={copy} />
        <ScriptDetails download={undo} label={t('scripts.undo')} t={t} copy={copy} />
      </div>
    </div>
  )
}

function ScriptDetails({
  download,
  label,
  t,
  copy,
}: {
  download: ScriptDownload
  label?: string
  t: Translator<'set-up'>
  copy: CopyLabels
}) {
  const { fileName: file, language, text } = download.script
  const run = language === 'powershell' ? `powershell -ExecutionPolicy Bypass -File .\\${file}` : `bash ./${file}`
  return (
    <details className="rounded-md border border-line bg-surface px-3 py-2 open:pb-3">
      <summary className="text-sm font-[550] text-accent">
        {label && `${label}: `}
        {t('scripts.show', { file })}
      </summary>
      <p className="my-2">
        <a href={download.href} download={file} className="button button-secondary">
          {t('scripts.download', { file })}
        </a>
      </p>
      <p className="mb-1 text-sm text-soft">{t('scripts.run')}</p>
      <CodeBlock text={run} labels={copy} />
      <div className="mt-3">
        <CodeBlock text={text} labels={copy} />
      </div>
    </details>
  )
}

const gapsIn = (text: string): string[] => [
  ...new Set(
    [...text.matchAll(new RegExp(`'${GAP_MARK}([^${GAP_MARK}\u203a']+)\u203a'`, 'g'))].map(([, name = '']) => name),
  ),
]
