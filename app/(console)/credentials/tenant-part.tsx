import { APPLICATIONS_PATH } from '@/app/paths'
import { ButtonLink } from '@/components/button-link'
import { Section } from '@/components/section'
import { Timestamp } from '@/components/timestamp'
import { services } from '@/lib/services'
import type { ViewContext } from './_list/credential-cells'

/** A link to all app registrations of the tenant, and whether they are read. */
export async function TenantPart({ now, locale, t }: ViewContext) {
  const { isOn, run, done } = await services().inventory.status()
  const isRunning = run?.state === 'running'
  return (
    <Section id="tenant" title={t('tenant.title')} description={t('tenant.description')} className="no-print">
      <p className="mb-3 text-sm">
        {!isOn && t('tenant.off')} {isOn && !done && !isRunning && t('tenant.notYet')}{' '}
        {isRunning && t('tenant.running', { count: run.applications })}{' '}
        {done?.endedAt && (
          <>
            {t('tenant.done', { applications: done.applications, credentials: done.credentials })}{' '}
            <Timestamp at={done.endedAt} now={now} locale={locale} />
          </>
        )}
      </p>
      <ButtonLink href={APPLICATIONS_PATH}>{t(isOn || done ? 'tenant.show' : 'tenant.more')}</ButtonLink>
    </Section>
  )
}
