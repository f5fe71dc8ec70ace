import Link from 'next/link'
import type { ReactNode } from 'react'
import { credentialPath } from '@/app/paths'
import { absoluteTime } from '@/components/timestamp'
import type { CredentialView } from '@/lib/credentials/views'
import { ExpiryDate, LatestProbe, type ViewContext } from '../_list/credential-cells'
import { StateLabel } from '../_list/state-label'

/** One slot with its credential, if there is one, and what can be done with it. */
export function Slot({
  title,
  view,
  children,
  ...context
}: ViewContext & { title: string; view: CredentialView | null; children: ReactNode }) {
  const { t, locale } = context
  return (
    <div className="min-w-0 rounded-lg border border-line bg-surface px-4 py-3">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <p className="font-[600]">{title}</p>
        {view && <StateLabel view={view} t={t} />}
      </div>
      {view ? (
        <dl className="mt-2 grid grid-cols-[minmax(0,8rem)_minmax(0,1fr)] gap-x-3 gap-y-1 text-sm [&_dt]:text-faint">
          <dt>{t('table.credential')}</dt>
          <dd>
            {t(`kind.${view.kind}`)}{' '}
            <Link href={credentialPath(view.id)} prefetch={false} className="prose-link">
              {t('rotation.slot.details')}
              <span className="sr-only"> {title}</span>
            </Link>
          </dd>
          <dt>{t('table.ends')}</dt>
          <dd>
            <ExpiryDate view={view} {...context} />
          </dd>
          <dt>{t('table.probe')}</dt>
          <dd>
            <LatestProbe view={view} {...context} />
          </dd>
          {view.isFallback && view.fallbackUntil && (
            <>
              <dt>{t('rotation.slot.fallback')}</dt>
              <dd>{absoluteTime(view.fallbackUntil, locale)}</dd>
            </>
          )}
          {view.thumbprint && (
            <>
              <dt>{t('rotation.slot.thumbprint')}</dt>
              <dd className="font-mono text-xs">{view.thumbprint}</dd>
            </>
          )}
        </dl>
      ) : (
        <p className="mt-2 text-sm text-faint">{t('rotation.slot.none')}</p>
      )}
      {view?.certificate && (
        <p className="mt-2 text-sm">
          <a href={`${credentialPath(view.id)}/certificate`} download className="prose-link">
            {t('rotation.cer')}
          </a>
        </p>
      )}
      <div className="mt-3 flex flex-wrap items-start gap-2 empty:hidden">{children}</div>
    </div>
  )
}
