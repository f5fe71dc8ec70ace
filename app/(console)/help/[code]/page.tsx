import { page } from '@/app/_server/page'
import { notFound } from '@/app/_server/refusal'
import { HELP_PATH } from '@/app/paths'
import { Answer } from '@/components/answer'
import { CodeBlock } from '@/components/code-block'
import { Page } from '@/components/page'
import { Panel, WithSide } from '@/components/panel'
import { Steps } from '@/components/steps'
import { PlainLink } from '@/components/text'
import { isDiagnosisCode, remedy, signaturesOf } from '@/lib/diagnosis'
import { RETRY_OF } from '@/lib/kernel/diagnosis-code'
import { commandText } from '../../_connection-test/break-command'

export default page('help:read', 'help', async ({ t, id: code }) => {
  if (!isDiagnosisCode(code)) notFound()

  const { title, cause, steps, commands, portal } = remedy(code, {}, t.locale)
  const explanation = t.lookUp(`ownWords.${code}`)
  const retry = `retry.${RETRY_OF[code]}` as const
  return (
    <Page title={code} documentTitle={title} crumbs={[{ label: t('title'), href: HELP_PATH }]}>
      <Answer tone="info" mark="dot" title={title} detail={cause} />
      <WithSide
        side={
          <>
            <Panel title={t('retry.title')}>
              <p className="font-[550]">{t(`${retry}.name`)}</p>
              <p className="text-sm text-soft">{t(`${retry}.queue`)}</p>
            </Panel>
            <Panel title={t('recognisedBy')}>
              <ul className="grid gap-1 text-sm">
                {explanation !== null && <li>{explanation}</li>}
                {signaturesOf(code).map((signature) => (
                  <li key={signature} className="font-mono text-xs wrap-anywhere">
                    {signature}
                  </li>
                ))}
                <li className="font-mono text-xs text-faint">{code}</li>
              </ul>
            </Panel>
          </>
        }
      >
        <Panel title={t('steps')}>
          <Steps steps={steps} />
          {portal && (
            <p className="mt-4">
              <PlainLink href={portal.url} isExternal>
                {portal.label}
              </PlainLink>{' '}
              <span className="text-sm text-faint">{t('portal')}</span>
            </p>
          )}
        </Panel>
        {commands.length > 0 && (
          <Panel title={t('commands')} description={commands.some((each) => each.includes('‹')) && t('commandsHint')}>
            <CodeBlock text={commandText(commands)} />
          </Panel>
        )}
      </WithSide>
    </Page>
  )
})
