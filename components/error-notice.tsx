'use client'

import { useSyncExternalStore } from 'react'
import { error as german } from '@/messages/de/shell.json'
import { error as english } from '@/messages/en/shell.json'

const never = () => () => {}
const pageLanguage = () => document.documentElement.lang

/**
 * Shown where a page failed: a number to find in the log, never a stack trace. It carries its own texts, because the server
 * may not have been able to send any.
 */
export function ErrorNotice({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  const language = useSyncExternalStore(never, pageLanguage, () => 'en')
  const t = language === 'de' ? german : english
  return (
    <div className="mx-auto w-full max-w-[46rem]" role="alert">
      <h1 className="text-2xl font-[620] tracking-[-0.021em]">{t.title}</h1>
      <p className="mt-1.5 mb-4 text-soft">{t.text}</p>
      {error.digest && (
        <p className="mb-4 text-sm">
          {t.number} <code className="font-mono">{error.digest}</code>
        </p>
      )}
      <button type="button" onClick={reset} className="button button-secondary">
        {t.retry}
      </button>
    </div>
  )
}
