import type { Translator, ViewContext } from '@/lib/i18n/translations'
import 'server-only'
import { POLICY_PATH, POLICY_REVISIONS_PATH } from '@/app/paths'
import { Timestamp } from '@/components/text'
import { recordOf } from '@/lib/kernel'
import type { RulesView } from '@/lib/policy'
import { LABEL_PARTS, type PolicyLabels, type PolicyTexts } from './_editor/labels'

export const policyTabs = (t: Translator<'policy'>, current: 'rules' | 'revisions') => ({
  tabsLabel: t('tabs.label'),
  tabs: [
    { href: POLICY_PATH, label: t('tabs.rules'), current: current === 'rules' },
    { href: POLICY_REVISIONS_PATH, label: t('tabs.revisions'), current: current === 'revisions' },
  ],
})

export const policyLabels = (t: Translator<'policy'>, servers: PolicyLabels['servers']): PolicyLabels => ({
  ...(recordOf(LABEL_PARTS, (part) => t.raw(part)) as PolicyTexts),
  locale: t.locale,
  servers,
})

export function RevisionLine(
  props: ViewContext<'policy'> & { view: Pick<RulesView, 'number' | 'savedBy' | 'savedAt'> },
) {
  const { view, now, t } = props
  if (!view.savedAt) return null
  return (
    <p id="current-revision" className="flex flex-wrap gap-x-2 text-sm text-faint">
      <span className="font-[550] text-soft">{t('status.revision', { number: view.number })}</span>
      <span>{t('status.savedBy', { by: view.savedBy })}</span>
      <Timestamp at={view.savedAt} now={now} t={t} />
    </p>
  )
}
